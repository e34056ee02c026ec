//! What a path holds, and what all paths of a resource hold together.

use fieldlog_domain::shared::FilePath;
use rusqlite::params;
use uuid::Uuid;

use crate::column::Cells;
use crate::projector::{Recorded, Tables};

/// A file as it was before an event.
pub(super) struct Held {
    pub(super) file: i64,
    pub(super) last_number: i64,
    pub(super) version_count: i64,
    resource: Uuid,
    is_empty: bool,
    size: i64,
    path: FilePath,
}

/// How the totals of a resource move.
struct Change<'a> {
    path: &'a FilePath,
    files: i64,
    /// Of what the paths hold.
    bytes: i64,
    /// With earlier versions.
    kept_bytes: i64,
}

/// The file of the event's stream.
pub(super) fn by(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<Option<Held>> {
    tables.first(
        "SELECT key, last_number, version_count, resource, current IS NULL, current_size, path FROM file WHERE id = ?1",
        [recorded.id],
        |row| {
            let mut cells = Cells::of(row);
            Ok(Held {
                file: cells.get()?,
                last_number: cells.get()?,
                version_count: cells.get()?,
                resource: cells.get()?,
                is_empty: cells.get()?,
                size: cells.get()?,
                path: cells.word()?,
            })
        },
    )
}

/// Its first version; the event's position becomes the key of the file too.
pub(super) fn begin(
    tables: &Tables<'_>,
    recorded: &Recorded,
    resource: Uuid,
    path: &FilePath,
    size: i64,
) -> rusqlite::Result<()> {
    tables.run(
        "INSERT INTO file (key, id, resource, path, folded, current, current_size, version_count, last_number)
         VALUES (?1, ?2, ?3, ?4, ?5, ?1, ?6, 1, 1)",
        params![recorded.key(), recorded.id, resource, path.as_str(), path.folded(), size],
    )?;
    total(tables, recorded, resource, &Change { path, files: 1, bytes: size, kept_bytes: size })
}

/// A new version takes the place of what the path held. A path that was emptied may come back written in another case.
pub(super) fn grow(
    tables: &Tables<'_>,
    recorded: &Recorded,
    held: &Held,
    size: i64,
    path: Option<&FilePath>,
) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE file SET current = ?2, current_size = ?3, version_count = version_count + 1, last_number = last_number + 1,
             path = coalesce(?4, path), folded = coalesce(?5, folded)
         WHERE key = ?1",
        params![held.file, recorded.key(), size, path.map(FilePath::as_str), path.map(FilePath::folded)],
    )?;
    let change = Change {
        path: path.unwrap_or(&held.path),
        files: i64::from(held.is_empty),
        bytes: size - held.size,
        kept_bytes: size,
    };
    total(tables, recorded, held.resource, &change)
}

/// Versions of `freed` bytes went away; the path holds `current`, an earlier one or nothing.
pub(super) fn shrink(
    tables: &Tables<'_>,
    recorded: &Recorded,
    held: &Held,
    current: Option<(i64, i64)>,
    version_count: i64,
    freed: i64,
) -> rusqlite::Result<()> {
    let size = current.map_or(0, |(_, size)| size);
    tables.run(
        "UPDATE file SET current = ?2, current_size = ?3, version_count = ?4 WHERE key = ?1",
        params![held.file, current.map(|(key, _)| key), size, version_count],
    )?;
    let files = i64::from(current.is_some()) - i64::from(!held.is_empty);
    let change = Change { path: &held.path, files, bytes: size - held.size, kept_bytes: -freed };
    total(tables, recorded, held.resource, &change)
}

/// The bytes of a version are gone for good; what the paths hold stays.
pub(super) fn free(tables: &Tables<'_>, held: &Held, bytes: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE file_total SET kept_bytes = kept_bytes - ?2 WHERE resource = ?1";
    tables.run(sql, params![held.resource, bytes])
}

fn total(tables: &Tables<'_>, recorded: &Recorded, resource: Uuid, change: &Change<'_>) -> rusqlite::Result<()> {
    let restricted = is_restricted(tables, resource, change.path)?.then_some(recorded.at());
    tables.run(
        "INSERT INTO file_total (resource, file_count, total_bytes, changed_at, changed, kept_bytes, restricted_changed_at)
         VALUES (?1, ?2, ?3, ?4, ?7, ?5, ?6)
         ON CONFLICT (resource) DO UPDATE SET file_count = file_count + excluded.file_count,
             total_bytes = total_bytes + excluded.total_bytes, changed_at = excluded.changed_at,
             changed = excluded.changed,
             kept_bytes = kept_bytes + excluded.kept_bytes,
             restricted_changed_at = coalesce(excluded.restricted_changed_at, restricted_changed_at)",
        params![
            resource,
            change.files,
            change.bytes,
            recorded.at(),
            change.kept_bytes,
            restricted,
            recorded.key()
        ],
    )
}

fn is_restricted(tables: &Tables<'_>, resource: Uuid, path: &FilePath) -> rusqlite::Result<bool> {
    if path.is_project_file() || !path.may_belong_to_project_file() {
        return Ok(path.is_project_file());
    }
    let sql = "SELECT path FROM file_project WHERE resource = ?1";
    let project_file = tables.first(sql, [resource], |row| Cells::of(row).word::<FilePath>())?;
    Ok(path.is_restricted(project_file.as_ref()))
}
