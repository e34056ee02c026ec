//! Give somebody who works on a project another role.

use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Give somebody who works on a project another role.
#[derive(Debug, Clone)]
pub struct ChangeCollaboratorRole {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Who.
    pub collaborator: Collaborator,
    /// What they may do.
    pub role: Role,
}

/// Give somebody who works on a project another role.
pub async fn change_collaborator_role(app: &App, viewer: &Viewer, input: ChangeCollaboratorRole) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
