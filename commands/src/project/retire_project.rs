//! Take a project out of all lists; its name is free again.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::{CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Take a project out of all lists; its name is free again.
#[derive(Debug, Clone)]
pub struct RetireProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
}

/// Take a project out of all lists; its name is free again.
pub async fn retire_project(app: &App, viewer: &Viewer, input: RetireProject) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
