//! Edits that are in the data, or were until somebody brought a state of a file without them.

use fieldlog_domain::change_set::{BroughtFile, DeltaMethod};
use fieldlog_domain::job::EDITS_LOOKED_FOR;
use fieldlog_domain::{ChangeSetId, DeltaId, JobId, ResourceId};
use fieldlog_eventlog::Position;
use rusqlite::{OptionalExtension, Statement, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::DeltaStatus;
use crate::column::{Cells, integer};
use crate::error::ReadError;
use crate::view::View;

/// What somebody brought without an edit, and how that shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// What they brought.
    pub brought: BroughtFile,
    /// How that shows, for people.
    pub why: String,
}

/// An edit that is in the data, or was.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEdit {
    /// Which one.
    pub id: DeltaId,
    /// Its layer in the project.
    pub layer: String,
    /// What it did.
    pub method: DeltaMethod,
    /// The key that its feature got.
    pub pk: String,
    /// The feature before it, as far as the edit is about it; null when there was none.
    pub before: Value,
    /// The same afterwards.
    pub after: Value,
    /// Whether it was taken back.
    pub is_taken_back: bool,
}

/// What has to be known of an edit before it is said that it was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedEdit {
    /// Which one.
    pub id: DeltaId,
    /// The change set that it came with.
    pub change_set: ChangeSetId,
    /// How it fares.
    pub status: DeltaStatus,
    /// Its job began here: only what was brought later can have taken it back.
    pub applied_after: Position,
}

/// An undo that is under way or done: that its edit is not in the data is as it should be.
macro_rules! is_undone {
    () => {
        "EXISTS (SELECT 1 FROM change_set_delta AS undo
                  WHERE undo.resource = edit.resource AND undo.id = edit.undone_by AND undo.status IN ('applied', 'pending'))"
    };
}

impl View {
    /// The latest edits of a resource that may have been taken back by what people brought since somebody looked last, and those that
    /// were and may be there again; in the order in which they were applied. None when nothing was brought. At most `count`, and about
    /// `bytes` of them.
    pub fn edits_to_look_for(
        &self,
        resource: ResourceId,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<StoredEdit>, ReadError> {
        let looked = self.looked_after(resource)?;
        let Some((brought, _)) = self.brought_after(resource, looked)?.pop() else { return Ok(vec![]) };
        let sql = concat!(
            "SELECT edit.id, coalesce(nullif(content ->> 'sourceLayerId', ''), local_layer), content ->> 'method', modified_pk,
                 edit.before, edit.after, edit.status = 'taken_back',
                 length(coalesce(edit.before, '')) + length(coalesce(edit.after, ''))
             FROM change_set_delta AS edit JOIN job ON job.id = edit.job
             WHERE edit.resource = ?1 AND edit.status IN ('applied', 'taken_back') AND modified_pk IS NOT NULL
                 AND job.claimed < ?2 AND NOT ",
            is_undone!(),
            " ORDER BY job.claimed DESC, edit.key DESC LIMIT ?3"
        );
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut rows = query.query(params![resource.uuid(), integer(brought.0), count as i64])?;
            let (mut edits, mut sum) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let mut cells = Cells::of(row);
                edits.push(StoredEdit {
                    id: cells.id()?,
                    layer: cells.get()?,
                    method: cells.word()?,
                    pk: cells.get()?,
                    before: cells.json_if_any()?.unwrap_or_default(),
                    after: cells.json_if_any()?.unwrap_or_default(),
                    is_taken_back: cells.get()?,
                });
                sum += cells.get::<i64>()? as usize;
                if sum > bytes {
                    break;
                }
            }
            edits.reverse();
            Ok(edits)
        })
    }

    /// Where the last job began that looked for the edits of a resource; the start of the log when none did.
    fn looked_after(&self, resource: ResourceId) -> Result<Position, ReadError> {
        let sql = "SELECT coalesce(max(claimed), 0) FROM job
                    WHERE resource = ?1 AND kind = 'process_project_file' AND state = 'finished'
                      AND EXISTS (SELECT 1 FROM json_each(outputs) AS output WHERE output.value ->> 'name' = ?2)";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            Ok(query
                .query_row(params![resource.uuid(), EDITS_LOOKED_FOR], |row| Cells::of(row).count().map(Position))?)
        })
    }

    /// Where a job was claimed last; none when it never was.
    pub fn claimed(&self, job: JobId) -> Result<Option<Position>, ReadError> {
        let sql = "SELECT claimed FROM job WHERE id = ?1 AND claimed IS NOT NULL";
        self.read(|connection| {
            let found =
                connection.prepare_cached(sql)?.query_row([job.uuid()], |row| Cells::of(row).count().map(Position));
            Ok(found.optional()?)
        })
    }

    /// Those of these edits of a resource that a job applied.
    pub fn applied_edits(&self, resource: ResourceId, ids: &[DeltaId]) -> Result<Vec<AppliedEdit>, ReadError> {
        let sql = "SELECT edit.delta_file, edit.status, job.claimed FROM change_set_delta AS edit JOIN job ON job.id = edit.job
                    WHERE edit.resource = ?1 AND edit.id = ?2";
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let found = |id: &DeltaId| applied(&mut query, resource, *id).transpose();
            ids.iter().filter_map(found).collect()
        })
    }

    /// The edits of a resource that were taken back, in the order in which they came.
    pub fn taken_back_edits(&self, resource: ResourceId) -> Result<Vec<DeltaId>, ReadError> {
        let sql = "SELECT id FROM change_set_delta WHERE resource = ?1 AND status = 'taken_back' ORDER BY key";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let ids = query.query_map([resource.uuid()], |row| Cells::of(row).id())?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// How many edits of a resource were taken back.
    pub fn taken_back_count(&self, resource: ResourceId) -> Result<u64, ReadError> {
        let sql = "SELECT count(*) FROM change_set_delta WHERE resource = ?1 AND status = 'taken_back'";
        self.read(|connection| {
            Ok(connection.prepare_cached(sql)?.query_row([resource.uuid()], |row| Cells::of(row).count())?)
        })
    }
}

fn applied(query: &mut Statement<'_>, resource: ResourceId, id: DeltaId) -> Result<Option<AppliedEdit>, ReadError> {
    let row = query.query_row(params![resource.uuid(), id.uuid()], |row| {
        let mut cells = Cells::of(row);
        let change_set = ChangeSetId::of(resource, cells.get::<Uuid>()?);
        let status = cells.word()?;
        let applied_after = Position(cells.get::<Option<i64>>()?.unwrap_or_default().cast_unsigned());
        Ok(AppliedEdit { id, change_set, status, applied_after })
    });
    Ok(row.optional()?)
}
