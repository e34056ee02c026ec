//! Questions about files.

use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId};
use rusqlite::OptionalExtension;

use super::{FileRow, versions};
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

    /// The file at exactly this path, while it holds something.
    pub fn file(&self, resource: ResourceId, path: &FilePath) -> Result<Option<FileRow>, ReadError> {
        let sql = versions!("version_count", "file.id = ?1 AND file.path = ?2 AND file.current = file_version.key");
        self.read(|connection| {
            let id = FileId::of(resource, path);
            let mut query = connection.prepare_cached(sql)?;
            let found = query.query_row((id.uuid(), path.as_str()), |row| file(&mut Cells::of(row)));
            Ok(found.optional()?)
        })
    }
}

fn file(cells: &mut Cells<'_, '_>) -> rusqlite::Result<FileRow> {
    let version_count = cells.count()?;
    let current = versions::version(cells)?;
    Ok(FileRow { id: current.file, resource: current.resource, path: current.path.clone(), current, version_count })
}
