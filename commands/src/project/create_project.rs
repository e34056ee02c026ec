//! Create a project.

use crate::project::ProjectRefusal;
use fieldlog_domain::resource::Visibility;
use fieldlog_domain::{AccountId, CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Create a project.
#[derive(Debug, Clone)]
pub struct CreateProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Whose it is; none: one's own.
    pub owner: Option<AccountId>,
    /// Its name, unique under its owner.
    pub name: String,
    /// For people, may be empty.
    pub description: String,
    /// Who sees it.
    pub visibility: Visibility,
}

/// Create a project.
pub async fn create_project(app: &App, viewer: &Viewer, input: CreateProject) -> Result<Done<ResourceId>, CommandError<ProjectRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
