//! Let somebody no longer work on a project.

use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::{CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Let somebody no longer work on a project.
#[derive(Debug, Clone)]
pub struct RemoveCollaborator {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Who.
    pub collaborator: Collaborator,
}

/// Let somebody no longer work on a project.
pub async fn remove_collaborator(app: &App, viewer: &Viewer, input: RemoveCollaborator) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
