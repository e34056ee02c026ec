//! Folds sessions.

use fieldlog_domain::Event;
use fieldlog_domain::session::SessionEvent;
use rusqlite::params;

use crate::column::micros;
use crate::projector::{Projector, Recorded, Tables};

/// Folds sessions.
pub struct SessionProjector;

impl Projector for SessionProjector {
    const NAME: &'static str = "session";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/session.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::Session(event) = &recorded.event else { return Ok(()) };
        match event {
            SessionEvent::SessionOpened { account, token_digest, client, expires_at } => tables.run(
                "INSERT INTO session (key, id, account, token, client, opened_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    recorded.key(),
                    recorded.id,
                    account.uuid(),
                    token_digest.0,
                    client.as_ref(),
                    recorded.at(),
                    micros(*expires_at),
                ],
            ),
            SessionEvent::SessionRevoked { reason: _ } => {
                tables.run("UPDATE session SET is_revoked = 1 WHERE id = ?1", [recorded.id])
            }
        }
    }
}
