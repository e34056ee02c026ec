//! Questions about files.

use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, FileId, ResourceId};
use rusqlite::OptionalExtension;

use super::{FileRow, VersionRow, versions};
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

impl View {
    /// The files a resource holds now, by path.
    pub fn files(&self, resource: ResourceId, page: Page) -> Result<Listed<FileRow>, ReadError> {
        let list = Ordered {
            select: versions!("file.path, version_count", "file.resource = ?1 AND file.current = file_version.key"),
            key: "file.path",
            is_falling: false,
        };
        self.read(|connection| list.page::<String, _>(connection, &page, List::Files, &[&resource.uuid()], file))
    }

    /// Bytes of all versions that are not deleted, in all resources of an owner that are not retired.
    pub fn storage_used(&self, owner: AccountId) -> Result<u64, ReadError> {
        let sql = "SELECT coalesce(sum(file_total.kept_bytes), 0) FROM permission_shelf AS shelf
                   JOIN resource ON resource.key = shelf.resource
                   JOIN file_total ON file_total.resource = resource.id
                   WHERE shelf.holder = ?1 AND shelf.is_retired = 0 AND shelf.owner = ?1";
        self.read(|connection| {
            Ok(connection.prepare_cached(sql)?.query_row([owner.uuid()], |row| Cells::of(row).count())?)
        })
    }

    /// Every version that is not deleted of every path that holds something: by path, newest first. It reads them all, so it
    /// belongs on a blocking thread.
    pub fn all_versions(&self, resource: ResourceId) -> Result<Vec<VersionRow>, ReadError> {
        let sql = concat!(
            versions!("NULL", "file.resource = ?1 AND file.current IS NOT NULL AND is_deleted = 0 AND is_purged = 0"),
            " ORDER BY file.path, file_version.key DESC"
        );
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([resource.uuid()], |row| {
                let mut cells = Cells::of(row);
                cells.skip();
                versions::version(&mut cells)
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The file at this path, however it is written, while it holds something.
    pub fn file(&self, resource: ResourceId, path: &FilePath) -> Result<Option<FileRow>, ReadError> {
        let sql = versions!("version_count", "file.id = ?1 AND file.current = file_version.key");
        self.read(|connection| {
            let id = FileId::of(resource, path);
            let mut query = connection.prepare_cached(sql)?;
            let found = query.query_row([id.uuid()], |row| file(&mut Cells::of(row)));
            Ok(found.optional()?)
        })
    }

    /// A file that a new one at this path could not stand beside on every device: its name counts as the same there, or one of
    /// them would be a folder of the other.
    pub fn colliding_file(&self, resource: ResourceId, path: &FilePath) -> Result<Option<FilePath>, ReadError> {
        let folded = path.folded();
        let above = folded.match_indices('/').map(|(end, _)| &folded[..end]);
        let sql = "SELECT path FROM file
                   WHERE resource = ?1 AND current IS NOT NULL AND folded >= ?2 AND folded < ?3 AND id <> ?4
                   ORDER BY folded LIMIT 1";
        // The range from a text to itself with a zero byte has that text alone; `0` follows `/`.
        let ranges = above.chain([folded.as_str()]).map(|text| (text.to_owned(), format!("{text}\0")));
        let below = (format!("{folded}/"), format!("{folded}0"));
        let id = FileId::of(resource, path);
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            for (from, to) in ranges.chain([below]) {
                let key = (resource.uuid(), from, to, id.uuid());
                let found = query.query_row(key, |row| Cells::of(row).word()).optional()?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        })
    }
}

fn file(cells: &mut Cells<'_, '_>) -> rusqlite::Result<FileRow> {
    let version_count = cells.count()?;
    let current = versions::version(cells)?;
    Ok(FileRow { id: current.file, resource: current.resource, path: current.path.clone(), current, version_count })
}
