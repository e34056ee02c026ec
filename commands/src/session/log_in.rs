//! Log in with a name or mail address and a password.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use fieldlog_domain::account::Account;
use fieldlog_domain::session::{RevocationReason, Session, SessionCommand};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, SessionId};
use fieldlog_projections::AccountRow;
use thiserror::Error;
use uuid::Uuid;

use super::{Token, revoke};
use crate::account::{Password, find_person_for_sure, open_credential};
use crate::authz::{Action, ServerAction};
use crate::dispatch::Dispatch;
use crate::{App, CommandError, Done, Viewer, streams};

/// Log in with a name or mail address and a password.
///
/// It has no command id: a token is shown once, so a repeated log-in is another session.
#[derive(Debug, Clone)]
pub struct LogIn {
    /// Account name in any case, or mail address.
    pub login: String,
    /// Password.
    pub password: Password,
    /// Where the request came from; guesses are counted per name and address.
    pub client_ip: Option<IpAddr>,
}

/// A new session.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// What to send with every request; only its SHA-256 is kept.
    pub token: Token,
    /// The session.
    pub session: SessionId,
    /// The person.
    pub account: AccountId,
    /// After this the token is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// Why nobody was logged in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogInRefusal {
    /// No such account, another password, or the account is closed. Callers need not know which.
    #[error("the name or the password is not right")]
    WrongCredentials,
    /// Too many wrong passwords; even the right one is refused now.
    #[error("too many failed log-ins; please try again in {} minutes", retry_after.as_secs().div_ceil(60))]
    LockedOut {
        /// How long it lasts.
        retry_after: std::time::Duration,
    },
}

/// Log in with a name or mail address and a password, with the program the viewer uses.
pub async fn log_in(app: &App, viewer: &Viewer, input: LogIn) -> Result<Done<LoggedIn>, CommandError<LogInRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::Enter))?;
    let account = find_person_for_sure(app, &input.login).await?;
    let guesser = account.as_ref().map_or_else(|| input.login.clone(), |row| row.id.to_string());
    if let Err(retry_after) = app.lock_out().admit(&guesser, input.client_ip, app.now()) {
        metrics::counter!("fieldlog_log_ins_total", "outcome" => "locked_out").increment(1);
        return Err(CommandError::Refused(LogInRefusal::LockedOut { retry_after }));
    }
    let is_right = is_right(app, account.as_ref(), input.password).await;
    if is_right.is_err() {
        app.lock_out().take_back(&guesser, input.client_ip);
    }
    let account = match (account, is_right?) {
        (Some(row), true) if !row.is_disabled && !row.is_erased => row,
        _ => {
            metrics::counter!("fieldlog_log_ins_total", "outcome" => "wrong_credentials").increment(1);
            return Err(CommandError::Refused(LogInRefusal::WrongCredentials));
        }
    };
    app.lock_out().reset(&guesser, input.client_ip);
    metrics::counter!("fieldlog_log_ins_total", "outcome" => "logged_in").increment(1);
    // From here on it is the person who acts.
    let session = SessionId(Uuid::now_v7());
    let person =
        Viewer::person(account.id, session, account.is_admin, viewer.client).with_correlation(viewer.correlation_id);
    open_session(app, &app.command(granted, &person, None), &account, session, viewer.client).await
}

/// Takes as long whether there is such an account or not.
async fn is_right(
    app: &App,
    account: Option<&AccountRow>,
    password: Password,
) -> Result<bool, CommandError<LogInRefusal>> {
    if password.is_too_long() {
        return Ok(false);
    }
    let hash = open_credential(app, account.and_then(|row| row.password_hash.as_ref())).await?;
    app.hasher().verify(password, hash).await.map_err(|error| CommandError::Unavailable(error.to_string()))
}

async fn open_session(
    app: &App,
    command: &Dispatch<'_>,
    account: &AccountRow,
    session: SessionId,
    client: ClientType,
) -> Result<Done<LoggedIn>, CommandError<LogInRefusal>> {
    // Looked up before: of two log-ins at the same time each would end the other.
    let others = match client.is_single_session() {
        true => app.view().open_sessions(account.id, Some(client))?,
        false => Vec::new(),
    };
    let token = Token::random();
    let expires_at = app.now() + app.settings().session_lifetime;
    let open = SessionCommand::Open { account: account.id, token_digest: token.digest(), client, expires_at };
    let opened = command.dispatch::<Session>(&streams::session(session), open).await;
    let receipt = opened.map_err(|error| error.map_refusal(|_| LogInRefusal::WrongCredentials))?;

    // The password may have been changed, or the account closed, while it was compared: such a session must not outlive that.
    let (is_active, password_hash) = app
        .fresh::<Account, _>(&streams::account(account.id), |now, _| (now.is_active(), now.password_hash().cloned()))
        .await?;
    if !is_active || password_hash != account.password_hash {
        revoke(&command.step("too late "), [session], RevocationReason::CredentialChanged).await?;
        return Err(CommandError::Refused(LogInRefusal::WrongCredentials));
    }
    revoke(command, others.into_iter().map(|row| row.id), RevocationReason::Superseded).await?;
    Ok(Done::new(LoggedIn { token, session, account: account.id, expires_at }, receipt))
}
