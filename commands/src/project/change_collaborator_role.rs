//! Give somebody who works on a project another role.

use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

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
pub async fn change_collaborator_role(
    app: &App,
    viewer: &Viewer,
    input: ChangeCollaboratorRole,
) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::ManageCollaborators, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let change = ResourceCommand::ChangeCollaboratorRole { collaborator: input.collaborator, role: input.role };
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), change).await?;
    Ok(Done::new((), receipt))
}
