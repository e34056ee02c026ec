//! Logging in and out.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_commands::account::Password;
use fieldlog_commands::session as commands;
use uuid::Uuid;

use super::account::{Account, found};
use super::context::RequestContext;
use super::failure::Failure;
use super::mutate::{Stop, command_id, outcome, settled};
use super::refusal::{Refusal, TooManyAttempts};
use crate::metrics;

/// Who logs in.
#[derive(InputObject)]
pub struct LogInInput {
    /// Public name in any case, or mail address.
    login: String,
    /// Password.
    password: String,
}

/// Who logs out.
#[derive(InputObject)]
pub struct LogOutInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whether all sessions of the viewer end, not only this one.
    #[graphql(default)]
    everywhere: bool,
}

/// The viewer is logged in.
#[derive(SimpleObject)]
pub struct LoggedIn {
    /// To be sent with every request: `Authorization: Bearer …`. It is shown once.
    token: String,
    /// The person.
    account: Account,
    /// After this the token is worth nothing.
    expires_at: DateTime<Utc>,
}

/// The token is worth nothing any more.
#[derive(SimpleObject)]
pub struct LoggedOut {
    /// Whether all sessions of the viewer ended.
    everywhere: bool,
}

payload! {
    /// What comes of `logIn`.
    LogInPayload { LoggedIn; WrongCredentials, TooManyAttempts }
}
payload! {
    /// What comes of `logOut`.
    LogOutPayload { LoggedOut }
}

/// Logging in and out.
#[derive(Default)]
pub struct SessionMutations;

#[Object]
impl SessionMutations {
    /// Logs in. After too many failures a name is locked for a while for the address they came from.
    async fn log_in(&self, context: &Context<'_>, input: LogInInput) -> Result<LogInPayload, Failure> {
        outcome(log_in(context, input).await)
    }

    /// Ends the session the request was made with, or all sessions of the viewer.
    async fn log_out(&self, context: &Context<'_>, input: Option<LogOutInput>) -> Result<LogOutPayload, Failure> {
        outcome(log_out(context, input).await)
    }
}

async fn log_in(context: &Context<'_>, input: LogInInput) -> Result<LoggedIn, Stop> {
    let request = RequestContext::of(context);
    // Counted per address, whatever the name, because trying one password on many names locks none of them.
    request.gateway.log_in_rate().take(request.caller.ip).map_err(|wait| {
        metrics::log_in_rate_limited();
        let retry_after_seconds = wait.as_secs().max(1);
        let message =
            format!("too many log-ins were tried from your address; please try again in {retry_after_seconds} s");
        Refusal::TooManyAttempts(TooManyAttempts { message, retry_after_seconds })
    })?;
    let command = commands::LogIn {
        login: input.login,
        password: Password::new(input.password),
        client_ip: Some(request.caller.ip),
    };
    let done = commands::log_in(request.gateway.app(), &request.caller.viewer, command).await?;
    let (session, reading) = settled(context, done).await?;
    Ok(LoggedIn {
        token: session.token.as_str().to_owned(),
        account: found(&reading, session.account).await?,
        expires_at: session.expires_at,
    })
}

async fn log_out(context: &Context<'_>, input: Option<LogOutInput>) -> Result<LoggedOut, Stop> {
    let request = RequestContext::of(context);
    let (id, everywhere) = input.map_or((None, false), |input| (input.command_id, input.everywhere));
    let command = commands::LogOut { command_id: command_id(id), everywhere };
    let done = commands::log_out(request.gateway.app(), &request.caller.viewer, command).await?;
    settled(context, done).await?;
    Ok(LoggedOut { everywhere })
}
