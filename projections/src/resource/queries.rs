//! Questions about one resource or a few.

use fieldlog_domain::{AccountId, ResourceId};

use super::ResourceRow;
use crate::error::ReadError;
use crate::view::View;

impl View {
    /// The resource with this id, also when it is retired.
    pub fn resource(&self, id: ResourceId) -> Result<Option<ResourceRow>, ReadError> {
        todo!("{id}")
    }

    /// Those of these resources that exist, in the order of `ids`.
    pub fn resources(&self, ids: &[ResourceId]) -> Result<Vec<ResourceRow>, ReadError> {
        todo!("{ids:?}")
    }

    /// The resource that bears this name under its owner now; retired ones bear none.
    pub fn resource_by_name(&self, owner: AccountId, name: &str) -> Result<Option<ResourceRow>, ReadError> {
        todo!("{owner} {name}")
    }
}
