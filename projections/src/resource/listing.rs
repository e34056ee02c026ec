//! Which resources there are.

use fieldlog_domain::AccountId;
use fieldlog_domain::resource::ResourceKind;

use super::ResourceRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::permission::Scope;
use crate::view::View;

/// Which resources are there, newest first?
#[derive(Debug, Clone)]
pub struct ListResources {
    /// Among which.
    pub scope: Scope,
    /// Of this owner only.
    pub owner: Option<AccountId>,
    /// Of this kind only.
    pub kind: Option<ResourceKind>,
    /// Whether retired ones are listed too.
    pub include_retired: bool,
    /// Which part of the list.
    pub page: Page,
}

impl View {
    /// Answers [`ListResources`].
    pub fn list_resources(&self, list: ListResources) -> Result<Listed<ResourceRow>, ReadError> {
        todo!("{list:?}")
    }
}
