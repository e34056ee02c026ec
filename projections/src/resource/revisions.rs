//! Questions about revisions.

use fieldlog_domain::resource::{ProjectDetails, RejectionReason};
use fieldlog_domain::{ResourceId, RevisionId};
use rusqlite::OptionalExtension;

use super::RevisionRow;
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

macro_rules! revisions {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, resource, state, project_file, version, digest, staged_at, settled_at, reason_code,
                 reason_message
             FROM resource_revision ",
            $rest
        )
    };
}

impl View {
    /// The revision with this id.
    pub fn revision(&self, id: RevisionId) -> Result<Option<RevisionRow>, ReadError> {
        let sql = revisions!("WHERE id = ?1");
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([id.uuid()], |row| {
                let mut cells = Cells::of(row);
                cells.skip();
                revision(&mut cells)
            });
            Ok(found.optional()?)
        })
    }

    /// The revisions of a resource, newest first.
    pub fn revisions(&self, resource: ResourceId, page: Page) -> Result<Listed<RevisionRow>, ReadError> {
        let list = Ordered { select: revisions!("WHERE resource = ?1"), key: "key", is_falling: true };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::Revisions, &[&resource.uuid()], revision))
    }

    /// What QGIS found in a revision, once it was looked at.
    pub fn details(&self, revision: RevisionId) -> Result<Option<ProjectDetails>, ReadError> {
        let sql = "SELECT details FROM resource_details WHERE revision = ?1";
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([revision.uuid()], |row| Cells::of(row).json());
            Ok(found.optional()?)
        })
    }
}

fn revision(cells: &mut Cells<'_, '_>) -> rusqlite::Result<RevisionRow> {
    Ok(RevisionRow {
        id: cells.id()?,
        resource: cells.id()?,
        state: cells.word()?,
        project_file: cells.word()?,
        version: cells.id()?,
        digest: cells.sha256()?,
        staged_at: cells.time()?,
        settled_at: cells.time_if_any()?,
        reason: reason(cells)?,
    })
}

fn reason(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<RejectionReason>> {
    let code: Option<String> = cells.get()?;
    let message: Option<String> = cells.get()?;
    Ok(code.zip(message).map(|(code, message)| RejectionReason { code, message }))
}
