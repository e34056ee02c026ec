//! Questions about sessions.

use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, SessionId, Sha256Digest};

use super::SessionRow;
use crate::error::ReadError;
use crate::view::View;

impl View {
    /// The session with this id.
    pub fn session(&self, id: SessionId) -> Result<Option<SessionRow>, ReadError> {
        todo!("{id}")
    }

    /// The session whose token has this SHA-256, also when it is revoked or past its time.
    pub fn session_by_token(&self, token: &Sha256Digest) -> Result<Option<SessionRow>, ReadError> {
        todo!("{token}")
    }

    /// The sessions of an account that are not revoked, of one client or of all, newest first; also those past their time.
    pub fn open_sessions(&self, account: AccountId, client: Option<ClientType>) -> Result<Vec<SessionRow>, ReadError> {
        todo!("{account} {client:?}")
    }
}
