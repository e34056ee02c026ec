//! Which resources have these words in their name or description.

use super::ResourceRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::permission::Scope;
use crate::view::View;

/// Which resources have words that begin like these in their name or description, newest first?
#[derive(Debug, Clone)]
pub struct SearchResources {
    /// What somebody typed. No character of it has a special meaning.
    pub text: String,
    /// Among which; retired ones are never found.
    pub scope: Scope,
    /// Which part of the list.
    pub page: Page,
}

impl View {
    /// Answers [`SearchResources`]. It may look at many rows, so it belongs on a blocking thread.
    pub fn search_resources(&self, search: SearchResources) -> Result<Listed<ResourceRow>, ReadError> {
        todo!("{search:?}")
    }
}
