//! Folds secrets.

use fieldlog_domain::secret::{SecretEvent, SecretHolder};
use fieldlog_domain::{AccountId, Event};
use rusqlite::params;

use crate::projector::{Projector, Recorded, Tables};

/// Folds secrets that are set; of those that were removed nothing is kept.
pub struct SecretProjector;

impl Projector for SecretProjector {
    const NAME: &'static str = "secret";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/secret.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::Secret(event) = &recorded.event else { return Ok(()) };
        match event {
            SecretEvent::SecretSet { holder, name, kind, assigned_to, value } => tables.run(
                "INSERT INTO secret
                     (key, id, holder, is_project, name, kind, assigned_to, value_key, value_content, set_at, set_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, value_key = excluded.value_key,
                     value_content = excluded.value_content, set_at = excluded.set_at, set_by = excluded.set_by",
                params![
                    recorded.key(),
                    recorded.id,
                    holder.uuid(),
                    matches!(holder, SecretHolder::Project(_)),
                    name.as_str(),
                    kind.as_ref(),
                    assigned_to.map(AccountId::uuid),
                    value.key,
                    value.content,
                    recorded.at(),
                    recorded.metadata.actor.account().map(AccountId::uuid),
                ],
            ),
            SecretEvent::SecretRemoved {} => tables.run("DELETE FROM secret WHERE id = ?1", [recorded.id]),
        }
    }
}
