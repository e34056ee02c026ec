//! Questions about versions of files.

use fieldlog_domain::file::VersionSource;
use fieldlog_domain::{FileId, JobId, ResourceId, VersionId};
use fieldlog_eventlog::Position;
use rusqlite::OptionalExtension;

use super::VersionRow;
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

impl View {
    /// The version with this id, also when it is deleted.
    pub fn version(&self, id: VersionId) -> Result<Option<VersionRow>, ReadError> {
        let sql = versions!("NULL", "file_version.id = ?1");
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([id.uuid()], |row| {
                let mut cells = Cells::of(row);
                cells.skip();
                version(&mut cells)
            });
            Ok(found.optional()?)
        })
    }

    /// The versions of a file that are not deleted, newest first.
    pub fn versions(&self, file: FileId, page: Page) -> Result<Listed<VersionRow>, ReadError> {
        let list = Ordered {
            select: versions!(
                "file_version.key",
                "file_version.file = (SELECT key FROM file WHERE id = ?1) AND is_deleted = 0"
            ),
            key: "file_version.key",
            is_falling: true,
        };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::Versions, &[&file.uuid()], version))
    }

    /// What every path of a resource holds now, by path. It reads them all, so it belongs on a blocking thread.
    pub fn all_current_versions(&self, resource: ResourceId) -> Result<Vec<VersionRow>, ReadError> {
        let sql = concat!(
            versions!("NULL", "file.resource = ?1 AND file.current IS NOT NULL AND file.current = file_version.key"),
            " ORDER BY file.path"
        );
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([resource.uuid()], |row| {
                let mut cells = Cells::of(row);
                cells.skip();
                version(&mut cells)
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

pub(super) fn version(cells: &mut Cells<'_, '_>) -> rusqlite::Result<VersionRow> {
    Ok(VersionRow {
        id: cells.id()?,
        file: cells.id()?,
        resource: cells.id()?,
        path: cells.word()?,
        number: cells.count()?,
        digest: cells.sha256()?,
        md5: cells.md5_if_any()?,
        etag: cells.get()?,
        size: cells.count()?,
        media_type: cells.get()?,
        source: match cells.id_if_any::<JobId>()? {
            Some(job) => VersionSource::Job { job },
            None => VersionSource::Upload,
        },
        restored: cells.id_if_any()?,
        added_by: cells.id_if_any()?,
        added_at: cells.time()?,
        is_deleted: cells.get()?,
        is_purged: cells.get()?,
        is_current: cells.get()?,
        position: Position(cells.count()?),
    })
}
