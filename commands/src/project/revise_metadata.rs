//! Rewrite a project's description.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Rewrite a project's description.
#[derive(Debug, Clone)]
pub struct ReviseMetadata {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// For people, may be empty.
    pub description: String,
}

/// Rewrite a project's description.
pub async fn revise_metadata(
    app: &App,
    viewer: &Viewer,
    input: ReviseMetadata,
) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::Change, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let change = ResourceCommand::ReviseMetadata { description: input.description };
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), change).await?;
    Ok(Done::new((), receipt))
}
