//! Ask for a mail with a link to set a new password.

use chrono::{DateTime, Utc};
use fieldlog_domain::account::{Account, AccountCommand, AccountKind};
use fieldlog_domain::shared::AccountName;

use super::{ResetToken, find_person_for_sure, open_sealed_profile};
use crate::authz::{Action, ServerAction};
use crate::{App, CommandError, Done, Never, Viewer, streams};

/// Ask for a mail with a link to set a new password.
///
/// It has no command id: a token is told once, so a repeated request is another link.
#[derive(Debug, Clone)]
pub struct RequestPasswordReset {
    /// Account name in any case, or mail address.
    pub login: String,
}

/// A link to set a new password, for the person's mailbox and for nobody else.
#[derive(Clone)]
pub struct PasswordResetLink {
    /// Whose.
    pub name: AccountName,
    /// Where the mail goes.
    pub email: String,
    /// What the link carries.
    pub token: ResetToken,
    /// After this it is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// Ask for a mail with a link to set a new password. None: there is nobody to send it to, or enough of them wait. Callers tell
/// whoever asked the same in all cases, and do not let them wait for this.
pub async fn request_password_reset(
    app: &App,
    viewer: &Viewer,
    input: RequestPasswordReset,
) -> Result<Done<Option<PasswordResetLink>>, CommandError<Never>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::Enter))?;
    let nobody = Ok(Done::new(None, None));
    let Some(row) = find_person_for_sure(app, &input.login).await? else { return nobody };
    if row.kind != AccountKind::Person || row.is_disabled || row.is_erased {
        return nobody;
    }
    // As the log has it: a link must not go to an address that is no longer theirs.
    let stream = streams::account(row.id);
    let profile = app.fresh::<Account, _>(&stream, |account, _| account.profile().cloned()).await?;
    let Some(profile) = open_sealed_profile(app, profile.as_ref()).await? else { return nobody };
    let (token, now) = (ResetToken::random(row.id), app.now());
    let expires_at = now + app.settings().password_reset_lifetime;
    let request = AccountCommand::RequestPasswordReset { token_digest: token.digest(), now, expires_at };
    let command = app.command(granted, viewer, None);
    match command.dispatch::<Account>(&stream, request).await.map_err(CommandError::refusal) {
        Ok(receipt) => {
            let link = PasswordResetLink { name: row.name, email: profile.email, token, expires_at };
            Ok(Done::new(Some(link), receipt))
        }
        Err(Ok(refusal)) => {
            tracing::info!(account = %row.id, %refusal, "no link to set a new password was made");
            nobody
        }
        Err(Err(error)) => Err(error),
    }
}
