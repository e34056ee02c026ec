//! Questions about sessions.

use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, SessionId, Sha256Digest};
use rusqlite::{OptionalExtension, Params, Row};

use super::SessionRow;
use crate::column::Cells;
use crate::error::ReadError;
use crate::view::View;

macro_rules! sessions {
    ($rest:literal) => {
        concat!("SELECT id, account, client, opened_at, expires_at, is_revoked FROM session ", $rest)
    };
}

impl View {
    /// The session with this id.
    pub fn session(&self, id: SessionId) -> Result<Option<SessionRow>, ReadError> {
        self.one_session(sessions!("WHERE id = ?1"), [id.uuid()])
    }

    /// The session whose token has this SHA-256, also when it is revoked or past its time.
    pub fn session_by_token(&self, token: &Sha256Digest) -> Result<Option<SessionRow>, ReadError> {
        self.one_session(sessions!("WHERE token = ?1"), [token.0])
    }

    /// The sessions of an account that are not revoked, of one client or of all, newest first; also those past their time.
    pub fn open_sessions(&self, account: AccountId, client: Option<ClientType>) -> Result<Vec<SessionRow>, ReadError> {
        let sql = sessions!("WHERE account = ?1 AND is_revoked = 0 AND (?2 IS NULL OR client = ?2) ORDER BY key DESC");
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map((account.uuid(), client.as_ref().map(AsRef::as_ref)), session)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn one_session(&self, sql: &str, params: impl Params) -> Result<Option<SessionRow>, ReadError> {
        self.read(|connection| Ok(connection.prepare_cached(sql)?.query_row(params, session).optional()?))
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let mut cells = Cells::of(row);
    Ok(SessionRow {
        id: cells.id()?,
        account: cells.id()?,
        client: cells.word()?,
        opened_at: cells.time()?,
        expires_at: cells.time()?,
        is_revoked: cells.get()?,
    })
}
