//! Questions about files.

use fieldlog_domain::ResourceId;
use fieldlog_domain::shared::FilePath;

use super::FileRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

impl View {
    /// The files a resource holds now, by path.
    pub fn files(&self, resource: ResourceId, page: Page) -> Result<Listed<FileRow>, ReadError> {
        todo!("{resource} {page:?}")
    }

    /// The file at exactly this path, while it holds something.
    pub fn file(&self, resource: ResourceId, path: &FilePath) -> Result<Option<FileRow>, ReadError> {
        todo!("{resource} {path}")
    }
}
