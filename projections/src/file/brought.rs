//! What people brought: files that they uploaded or restored, and those of which they deleted something.

use fieldlog_domain::change_set::BroughtFile;
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_eventlog::Position;
use rusqlite::params;

use crate::column::Cells;
use crate::error::ReadError;
use crate::projector::{Recorded, Tables};
use crate::view::View;

impl View {
    /// The files of a resource that people brought after `position`, with where in the log they did so for the last time.
    pub fn brought_after(
        &self,
        resource: ResourceId,
        position: Position,
    ) -> Result<Vec<(Position, BroughtFile)>, ReadError> {
        let sql =
            "SELECT brought, path, (SELECT id FROM file_version WHERE key = current), brought_by, brought_at FROM file
                    WHERE resource = ?1 AND brought > ?2 ORDER BY brought";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map(params![resource.uuid(), crate::column::integer(position.0)], |row| {
                let mut cells = Cells::of(row);
                let position = Position(cells.count()?);
                let (path, version, by) = (cells.word()?, cells.id_if_any()?, cells.id_if_any()?);
                Ok((position, BroughtFile { path, version, by, at: cells.time()? }))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// The file of the event's stream holds what somebody brought.
pub(super) fn bring(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
    let by = recorded.metadata.actor.account().map(AccountId::uuid);
    tables.run(
        "UPDATE file SET brought = ?2, brought_by = ?3, brought_at = ?4 WHERE id = ?1",
        params![recorded.id, recorded.key(), by, recorded.at()],
    )
}
