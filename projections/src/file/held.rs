//! What a path holds, and what all paths of a resource hold together.

use fieldlog_domain::shared::FilePath;
use rusqlite::params;
use uuid::Uuid;

use crate::projector::{Recorded, Tables};

/// A file as it was before an event.
pub(super) struct Held {
    pub(super) file: i64,
    pub(super) last_number: i64,
    pub(super) version_count: i64,
    resource: Uuid,
    is_empty: bool,
    size: i64,
}

/// The file of the event's stream.
pub(super) fn by(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<Option<Held>> {
    tables.first(
        "SELECT key, last_number, version_count, resource, current IS NULL, current_size FROM file WHERE id = ?1",
        [recorded.id],
        |row| {
            Ok(Held {
                file: row.get(0)?,
                last_number: row.get(1)?,
                version_count: row.get(2)?,
                resource: row.get(3)?,
                is_empty: row.get(4)?,
                size: row.get(5)?,
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
        "INSERT INTO file (key, id, resource, path, current, current_size, version_count, last_number)
         VALUES (?1, ?2, ?3, ?4, ?1, ?5, 1, 1)",
        params![recorded.key(), recorded.id, resource, path.as_str(), size],
    )?;
    total(tables, recorded, resource, 1, size)
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
             path = coalesce(?4, path)
         WHERE key = ?1",
        params![held.file, recorded.key(), size, path.map(FilePath::as_str)],
    )?;
    total(tables, recorded, held.resource, i64::from(held.is_empty), size - held.size)
}

/// Versions went away; the path holds `current`, an earlier one or nothing.
pub(super) fn shrink(
    tables: &Tables<'_>,
    recorded: &Recorded,
    held: &Held,
    current: Option<(i64, i64)>,
    version_count: i64,
) -> rusqlite::Result<()> {
    let size = current.map_or(0, |(_, size)| size);
    tables.run(
        "UPDATE file SET current = ?2, current_size = ?3, version_count = ?4 WHERE key = ?1",
        params![held.file, current.map(|(key, _)| key), size, version_count],
    )?;
    let files = i64::from(current.is_some()) - i64::from(!held.is_empty);
    total(tables, recorded, held.resource, files, size - held.size)
}

fn total(tables: &Tables<'_>, recorded: &Recorded, resource: Uuid, files: i64, bytes: i64) -> rusqlite::Result<()> {
    tables.run(
        "INSERT INTO file_total (resource, file_count, total_bytes, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (resource) DO UPDATE SET file_count = file_count + excluded.file_count,
             total_bytes = total_bytes + excluded.total_bytes, changed_at = excluded.changed_at",
        params![resource, files, bytes, recorded.at()],
    )
}
