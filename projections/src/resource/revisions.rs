//! Questions about revisions.

use fieldlog_domain::resource::ProjectDetails;
use fieldlog_domain::{ResourceId, RevisionId};

use super::RevisionRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

impl View {
    /// The revision with this id.
    pub fn revision(&self, id: RevisionId) -> Result<Option<RevisionRow>, ReadError> {
        todo!("{id}")
    }

    /// The revisions of a resource, newest first.
    pub fn revisions(&self, resource: ResourceId, page: Page) -> Result<Listed<RevisionRow>, ReadError> {
        todo!("{resource} {page:?}")
    }

    /// What QGIS found in a revision, once it was looked at.
    pub fn details(&self, revision: RevisionId) -> Result<Option<ProjectDetails>, ReadError> {
        todo!("{revision}")
    }
}
