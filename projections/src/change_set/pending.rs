//! What jobs that apply edits ask.

use fieldlog_domain::{ChangeSetId, DeltaId, ResourceId};
use fieldlog_eventlog::Position;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::projector::KEYS;
use super::{IfChanged, PendingDelta};
use crate::column::{Cells, integer};
use crate::error::ReadError;
use crate::view::View;

impl View {
    /// The first edits of a resource that wait to be applied, in the order in which they came: at most `count`, and about `bytes`
    /// of them.
    pub fn pending_deltas(
        &self,
        resource: ResourceId,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<PendingDelta>, ReadError> {
        let sql = "SELECT id, content, overwrites, undoes IS NOT NULL OR replaces IS NOT NULL, length(content)
                    FROM change_set_delta
                    WHERE resource = ?1 AND status = 'pending' ORDER BY key LIMIT ?2";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut rows = query.query(params![resource.uuid(), count as i64])?;
            let (mut pending, mut sum) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let mut cells = Cells::of(row);
                let (id, content) = (cells.id()?, cells.json()?);
                let if_changed = match (cells.get()?, cells.get()?) {
                    (true, _) => IfChanged::Overwrite,
                    (false, true) => IfChanged::Stop,
                    (false, false) => IfChanged::AsTheProjectSays,
                };
                sum += cells.get::<i64>()? as usize;
                if sum > bytes && !pending.is_empty() {
                    break;
                }
                pending.push(PendingDelta { id, content, if_changed });
            }
            Ok(pending)
        })
    }

    /// The edits of a resource that wait to be applied and came before this position.
    pub fn pending_before(&self, resource: ResourceId, position: Position) -> Result<Vec<DeltaId>, ReadError> {
        let sql = "SELECT id FROM change_set_delta
                    WHERE resource = ?1 AND status = 'pending' AND key < ?2 ORDER BY key";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let before = params![resource.uuid(), integer(position.0) * KEYS];
            let ids = query.query_map(before, |row| Cells::of(row).id())?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// Whether edits of a resource wait to be applied.
    pub fn has_pending_deltas(&self, resource: ResourceId) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM change_set_delta WHERE resource = ?1 AND status = 'pending'";
        self.read(|connection| Ok(connection.prepare_cached(sql)?.exists([resource.uuid()])?))
    }

    /// The change sets that these edits of a resource came with, in the order of `ids`; none where there is no such edit.
    pub fn change_sets_of(&self, resource: ResourceId, ids: &[DeltaId]) -> Result<Vec<Option<ChangeSetId>>, ReadError> {
        let sql = "SELECT delta_file FROM change_set_delta WHERE resource = ?1 AND id = ?2";
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut of = |id: &DeltaId| {
                let found = query.query_row(params![resource.uuid(), id.uuid()], |row| row.get::<_, Uuid>(0));
                Ok(found.optional()?.map(|delta_file| ChangeSetId::of(resource, delta_file)))
            };
            ids.iter().map(&mut of).collect()
        })
    }
}
