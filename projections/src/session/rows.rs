//! What is known of sessions.

use chrono::{DateTime, Utc};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, SessionId};

/// One log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Which one.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// The program they use.
    pub client: ClientType,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// After this the token is worth nothing. The caller compares it with the time.
    pub expires_at: DateTime<Utc>,
    /// Whether the token is worth nothing already.
    pub is_revoked: bool,
}
