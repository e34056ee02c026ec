//! Let somebody work on a project.

use crate::project::CollaboratorRefusal;
use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Let somebody work on a project.
#[derive(Debug, Clone)]
pub struct AddCollaborator {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Who.
    pub collaborator: Collaborator,
    /// What they may do.
    pub role: Role,
}

/// Let somebody work on a project.
pub async fn add_collaborator(app: &App, viewer: &Viewer, input: AddCollaborator) -> Result<Done<()>, CommandError<CollaboratorRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
