//! Take a project out of all lists; its name is free again.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::project::settle_name;
use crate::{App, CommandError, Done, Viewer, streams};

/// Take a project out of all lists; its name is free again.
#[derive(Debug, Clone)]
pub struct RetireProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
}

/// Take a project out of all lists; its name is free again.
pub async fn retire_project(
    app: &App,
    viewer: &Viewer,
    input: RetireProject,
) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::Retire, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let stream = streams::resource(input.project);
    let receipt = command.dispatch::<Resource>(&stream, ResourceCommand::Retire).await?;
    settle_name(&command, input.project)
        .await
        .map_err(|error| error.refusal().err().unwrap_or(CommandError::Conflict))?;
    Ok(Done::new((), receipt))
}
