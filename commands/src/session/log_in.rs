//! Log in with a name or mail address and a password.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use fieldlog_domain::{AccountId, SessionId};
use thiserror::Error;

use super::Token;
use crate::account::Password;
use crate::{App, CommandError, Done, Viewer};

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
    todo!("{:?}", (app.now(), viewer, input))
}
