//! Questions about permissions.

use fieldlog_domain::{AccountId, ResourceId};

use super::{CollaboratorRow, RoleOf};
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

impl View {
    /// What somebody may do with a resource; `None` asks for somebody who is not logged in.
    pub fn role_of(&self, resource: ResourceId, account: Option<AccountId>) -> Result<Option<RoleOf>, ReadError> {
        todo!("{resource} {account:?}")
    }

    /// Who works on a resource, oldest first.
    pub fn collaborators(&self, resource: ResourceId, page: Page) -> Result<Listed<CollaboratorRow>, ReadError> {
        todo!("{resource} {page:?}")
    }
}
