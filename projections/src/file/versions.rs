//! Questions about versions of files.

use fieldlog_domain::{FileId, ResourceId, VersionId};

use super::VersionRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

impl View {
    /// The version with this id, also when it is deleted.
    pub fn version(&self, id: VersionId) -> Result<Option<VersionRow>, ReadError> {
        todo!("{id}")
    }

    /// The versions of a file that are not deleted, newest first.
    pub fn versions(&self, file: FileId, page: Page) -> Result<Listed<VersionRow>, ReadError> {
        todo!("{file} {page:?}")
    }

    /// What every path of a resource holds now, by path. It reads them all, so it belongs on a blocking thread.
    pub fn all_current_versions(&self, resource: ResourceId) -> Result<Vec<VersionRow>, ReadError> {
        todo!("{resource}")
    }
}
