//! Decide who sees a project.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::resource::Visibility;
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Decide who sees a project.
#[derive(Debug, Clone)]
pub struct ChangeVisibility {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Who sees it.
    pub visibility: Visibility,
}

/// Decide who sees a project.
pub async fn change_visibility(
    app: &App,
    viewer: &Viewer,
    input: ChangeVisibility,
) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::Change, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let change = ResourceCommand::ChangeVisibility(input.visibility);
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), change).await?;
    Ok(Done::new((), receipt))
}
