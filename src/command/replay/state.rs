//! The state of a resource as JSON.

use anyhow::Result;
use fieldlog_domain::ResourceId;
use fieldlog_projections::{
    CollaboratorRow, Cursor, FileRow, JobRow, ListJobs, Listed, Page, ReadError, ResourceRow, RevisionRow, VersionRow,
    View,
};
use serde_json::{Value, json};

const PAGE: usize = 500;

/// Everything there is to say about a resource; none when it was not there.
pub fn of(view: &View, id: ResourceId) -> Result<Option<Value>> {
    let Some(row) = view.resource(id)? else { return Ok(None) };
    let revisions = all(|page| view.revisions(id, page))?;
    let details = row.ready.map(|ready| view.details(ready)).transpose()?.flatten();
    let files = all(|page| view.files(id, page))?;
    let mut with_versions = Vec::with_capacity(files.len());
    for row in &files {
        with_versions.push(file(row, &all(|page| view.versions(row.id, page))?));
    }
    let jobs = all(|page| view.jobs(ListJobs { resource: Some(id), page, ..ListJobs::default() }))?;
    Ok(Some(json!({
        "position": view.position()?,
        "resource": resource(&row),
        "collaborators": all(|page| view.collaborators(id, page))?.iter().map(collaborator).collect::<Vec<_>>(),
        "revisions": revisions.iter().map(revision).collect::<Vec<_>>(),
        "details": details,
        "files": with_versions,
        "jobs": jobs.iter().map(job).collect::<Vec<_>>(),
    })))
}

/// Every row of a list, page by page.
fn all<T>(mut list: impl FnMut(Page) -> Result<Listed<T>, ReadError>) -> Result<Vec<T>, ReadError> {
    let mut rows = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = after.take().map_or_else(|| Page::first(PAGE), |cursor| Page::after(PAGE, cursor));
        let listed = list(page)?;
        rows.extend(listed.rows);
        match listed.cursors.last().filter(|_| listed.has_next) {
            Some(cursor) => after = Some(cursor.clone()),
            None => return Ok(rows),
        }
    }
}

fn resource(row: &ResourceRow) -> Value {
    json!({
        "id": row.id, "kind": row.kind, "owner": row.owner, "name": row.name, "description": row.description,
        "visibility": row.visibility, "registered_at": row.registered_at, "changed_at": row.changed_at,
        "is_retired": row.is_retired, "project_file": row.project_file, "ready_revision": row.ready,
        "latest_revision": row.latest, "extent": row.extent, "thumbnail": row.thumbnail,
    })
}

fn collaborator(row: &CollaboratorRow) -> Value {
    json!({ "collaborator": row.collaborator, "role": row.role, "added_at": row.added_at })
}

fn revision(row: &RevisionRow) -> Value {
    json!({
        "id": row.id, "state": row.state, "project_file": row.project_file, "version": row.version, "digest": row.digest,
        "staged_at": row.staged_at, "settled_at": row.settled_at, "reason": row.reason,
    })
}

fn file(row: &FileRow, versions: &[VersionRow]) -> Value {
    json!({
        "path": row.path,
        "current": row.current.id,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
    })
}

fn version(row: &VersionRow) -> Value {
    json!({
        "id": row.id, "number": row.number, "digest": row.digest, "etag": row.etag, "size": row.size,
        "media_type": row.media_type, "source": row.source, "restored": row.restored, "added_by": row.added_by,
        "added_at": row.added_at, "is_purged": row.is_purged,
    })
}

fn job(row: &JobRow) -> Value {
    json!({
        "id": row.id, "kind": row.kind, "revision": row.revision, "state": row.state, "requester": row.requester,
        "cause": row.cause, "attempt": row.attempt, "worker": row.worker, "requested_at": row.requested_at,
        "started_at": row.started_at, "ended_at": row.ended_at, "image": row.image, "image_digest": row.image_digest,
        "inputs": row.inputs, "outputs": row.outputs, "error": row.error, "exit_code": row.exit_code, "log": row.log,
    })
}
