//! Which resources there are.

use fieldlog_domain::AccountId;
use fieldlog_domain::resource::ResourceKind;

use super::{ResourceRow, queries};
use crate::error::ReadError;
use crate::page::{List, Listed, Page};
use crate::permission::{Scope, shelf};
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
        let wanted = shelf::Wanted { owner: list.owner, kind: list.kind, include_retired: list.include_retired };
        self.read_at_once(|connection| {
            let holders = shelf::holders(connection, list.scope)?;
            list.page.of(List::Resources, |span, from_end, limit| {
                let keys = shelf::keys(connection, &holders, &wanted, span, from_end, limit)?;
                queries::by_keys(connection, &keys)
            })
        })
    }
}
