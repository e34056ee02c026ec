//! Tell who a token belongs to.

use thiserror::Error;

use crate::{App, Viewer};

/// Why nobody is told by a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthenticationError {
    /// It belongs to nobody, has expired, was revoked, or the account is closed. Callers need not know which.
    #[error("the token is not valid; please log in again")]
    BadToken,
    /// The read model is away. The text is for the operator.
    #[error("the service is not available at the moment; please try again")]
    Unavailable(String),
}

/// Tell who a token belongs to: one look into the read model, microseconds.
pub fn authenticate(app: &App, token: &str) -> Result<Viewer, AuthenticationError> {
    todo!("{:?}", (app.now(), token.len()))
}
