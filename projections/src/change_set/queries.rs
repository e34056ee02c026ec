//! Questions about edits.

use fieldlog_domain::{DeltaId, ResourceId};
use rusqlite::params;

use super::{DeltaRow, ListDeltas};
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

macro_rules! deltas {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, resource, delta_file,
                 CASE WHEN status = 'pending' AND key < (
                     SELECT max(claimed) FROM job WHERE job.resource = change_set_delta.resource AND job.ended_at IS NULL
                        AND job.kind = 'apply_deltas' AND job.state = 'started') * 1000
                 THEN 'started' ELSE status END,
                 feedback, content, modified_pk, job, before, after, added_by, added_at, changed_at
             FROM change_set_delta WHERE resource = ?1 ",
            $rest
        )
    };
}

impl View {
    /// Answers [`ListDeltas`] with all of them. It reads them all, so it belongs on a blocking thread.
    pub fn deltas(&self, list: ListDeltas) -> Result<Vec<DeltaRow>, ReadError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(deltas!("AND (?2 IS NULL OR delta_file = ?2) ORDER BY key"))?;
            let rows = query.query_map(params![list.resource.uuid(), list.delta_file], |row| {
                let mut cells = Cells::of(row);
                cells.skip();
                delta(&mut cells)
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The edits that were pushed to a resource, the first one first.
    pub fn deltas_of(&self, resource: ResourceId, page: Page) -> Result<Listed<DeltaRow>, ReadError> {
        let list = Ordered { select: deltas!(""), key: "key", is_falling: false };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::Deltas, &[&resource.uuid()], delta))
    }

    /// Those of these edits that a resource has already.
    pub fn known_deltas(&self, resource: ResourceId, ids: &[DeltaId]) -> Result<Vec<DeltaId>, ReadError> {
        self.read_at_once(|connection| {
            let mut query =
                connection.prepare_cached("SELECT 1 FROM change_set_delta WHERE resource = ?1 AND id = ?2")?;
            let mut known = Vec::new();
            for id in ids {
                if query.exists(params![resource.uuid(), id.uuid()])? {
                    known.push(*id);
                }
            }
            Ok(known)
        })
    }
}

fn delta(cells: &mut Cells<'_, '_>) -> rusqlite::Result<DeltaRow> {
    Ok(DeltaRow {
        id: cells.id()?,
        resource: cells.id()?,
        delta_file: cells.get()?,
        status: cells.word()?,
        feedback: cells.json_if_any()?,
        content: cells.json()?,
        modified_pk: cells.get()?,
        job: cells.id_if_any()?,
        before: cells.json_if_any()?,
        after: cells.json_if_any()?,
        added_by: cells.id_if_any()?,
        added_at: cells.time()?,
        changed_at: cells.time()?,
    })
}
