//! Questions about edits.

use fieldlog_domain::{DeltaId, ResourceId};
use rusqlite::{OptionalExtension, ToSql, params};

use super::{DeltaRow, DeltaStatus, ListDeltas};
use crate::column::{Cells, json};
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

/// How an edit fares: a job is at those that came before it was claimed.
macro_rules! status {
    () => {
        "CASE WHEN status = 'pending' AND key < (
             SELECT max(claimed) FROM job WHERE job.resource = change_set_delta.resource AND job.ended_at IS NULL
                AND job.kind = 'apply_deltas' AND job.state = 'started') * 1000
         THEN 'started' ELSE status END"
    };
}

macro_rules! deltas {
    ($($rest:expr),*) => {
        concat!(
            "SELECT key, id, resource, delta_file, ", status!(), ",
                 feedback, content, modified_pk, job, before, after, undoes, undone_by, replaces, replaced_by, taken_back,
                 added_by, added_at, changed_at
             FROM change_set_delta WHERE resource = ?1 ",
            $($rest),*
        )
    };
}

impl View {
    /// Answers [`ListDeltas`] with all of them. It reads them all, so it belongs on a blocking thread.
    pub fn deltas(&self, list: ListDeltas) -> Result<Vec<DeltaRow>, ReadError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(deltas!("AND (?2 IS NULL OR delta_file = ?2) ORDER BY key"))?;
            let of = params![list.resource.uuid(), list.delta_file];
            let rows = query.query_map(of, |row| delta(&mut Cells::after_key(row)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Answers [`ListDeltas`] with a part: of those that fare like this, or of all. The first one comes first.
    pub fn deltas_of(
        &self,
        list: ListDeltas,
        statuses: Option<&[DeltaStatus]>,
        page: Page,
    ) -> Result<Listed<DeltaRow>, ReadError> {
        let (resource, words) = (list.resource.uuid(), statuses.map(|statuses| json(&statuses)).transpose()?);
        let select = deltas!(
            "AND (?2 IS NULL OR delta_file = ?2) AND (?3 IS NULL OR ",
            status!(),
            " IN (SELECT value FROM json_each(?3)))"
        );
        let ordered = Ordered { select, key: "key", is_falling: false };
        let filter: [&dyn ToSql; 3] = [&resource, &list.delta_file, &words];
        self.read(|connection| ordered.page::<i64, _>(connection, &page, List::Deltas, &filter, delta))
    }

    /// An edit of a resource.
    pub fn delta(&self, resource: ResourceId, id: DeltaId) -> Result<Option<DeltaRow>, ReadError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(deltas!("AND id = ?2"))?;
            let found = query.query_row(params![resource.uuid(), id.uuid()], |row| delta(&mut Cells::after_key(row)));
            Ok(found.optional()?)
        })
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
        undoes: cells.id_if_any()?,
        undone_by: cells.id_if_any()?,
        replaces: cells.id_if_any()?,
        replaced_by: cells.id_if_any()?,
        taken_back: cells.json_if_any()?,
        added_by: cells.id_if_any()?,
        added_at: cells.time()?,
        changed_at: cells.time()?,
    })
}
