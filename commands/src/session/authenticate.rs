//! Tell who a token belongs to.

use fieldlog_domain::Sha256Digest;
use fieldlog_projections::{ReadError, SessionRow};
use thiserror::Error;

use crate::app::NotUpToDate;
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

/// Tell who a token belongs to: one look into the read model, microseconds. A token that is not known may have been given out
/// by another process a moment ago: then it waits for the read model to be up to date.
pub async fn authenticate(app: &App, token: &str) -> Result<Viewer, AuthenticationError> {
    let unavailable = |error: ReadError| AuthenticationError::Unavailable(format!("the read model: {error}"));
    let cannot_tell = |error: NotUpToDate| AuthenticationError::Unavailable(error.to_string());
    let digest = Sha256Digest::of(token.as_bytes());
    let session = match find(app, &digest).map_err(unavailable)? {
        None => {
            app.catch_up().await.map_err(cannot_tell)?;
            find(app, &digest).map_err(unavailable)?
        }
        found => found,
    };
    let session = session.ok_or(AuthenticationError::BadToken)?;
    if session.is_revoked || session.expires_at <= app.now() {
        return Err(AuthenticationError::BadToken);
    }
    let account = app.view().account(session.account).map_err(unavailable)?.ok_or(AuthenticationError::BadToken)?;
    if account.is_disabled || account.is_erased {
        return Err(AuthenticationError::BadToken);
    }
    Ok(Viewer::person(account.id, session.id, account.is_admin, session.client))
}

fn find(app: &App, digest: &Sha256Digest) -> Result<Option<SessionRow>, ReadError> {
    app.view().session_by_token(digest)
}
