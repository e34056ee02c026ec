//! Let somebody no longer work on a project.

use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

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
pub async fn remove_collaborator(
    app: &App,
    viewer: &Viewer,
    input: RemoveCollaborator,
) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::ManageCollaborators, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let change = ResourceCommand::RemoveCollaborator(input.collaborator);
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), change).await?;
    Ok(Done::new((), receipt))
}
