//! Give a project another name.

use crate::project::ProjectRefusal;
use fieldlog_domain::name_claim::{ClaimedName, NameClaimRefusal};
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::shared::ResourceName;
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::dispatch::Dispatch;
use crate::{App, CommandError, Done, Viewer, streams};

/// Give a project another name.
#[derive(Debug, Clone)]
pub struct RenameProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// The new name, unique under its owner.
    pub name: String,
}

/// Give a project another name.
pub async fn rename_project(
    app: &App,
    viewer: &Viewer,
    input: RenameProject,
) -> Result<Done<()>, CommandError<ProjectRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::Change, input.project))?;
    let name = ResourceName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let stream = streams::resource(input.project);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Done::new((), Some(first.receipt)));
    }
    let current =
        app.fresh::<Resource, _>(&stream, |now, _| (now.is_active(), now.owner(), now.name().cloned())).await?;
    let (is_active, Some(owner), former) = current else { return Err(CommandError::NotFound("project")) };
    let taken = |_| ProjectRefusal::NameTaken { name: name.clone() };
    // A name for what cannot be renamed would be claimed in vain.
    if is_active && former.as_ref() != Some(&name) {
        let claimed = ClaimedName::Resource { owner, name: name.clone() };
        command.claim(&claimed, &stream).await.map_err(|error| error.map_refusal(taken))?;
    }
    let renamed = command.dispatch::<Resource>(&stream, ResourceCommand::Rename(name.clone())).await;
    let receipt = renamed.map_err(|error| error.map_refusal(ProjectRefusal::Resource))?;
    settle_name(&command, input.project).await.map_err(|error| error.map_refusal(taken))?;
    Ok(Done::new((), receipt))
}

/// Puts the claims of a project's names right after it got another name or was retired; gives the former name back when the
/// new one is another project's by now.
pub(crate) async fn settle_name(
    command: &Dispatch<'_>,
    project: ResourceId,
) -> Result<(), CommandError<NameClaimRefusal>> {
    let stream = streams::resource(project);
    let taken = match command.settle(&stream).await {
        Err(taken @ CommandError::Refused(_)) => taken,
        settled => return settled,
    };
    if let Some(ClaimedName::Resource { name, .. }) = command.former_name(&stream).await? {
        let undone = command.step("undo ").dispatch::<Resource>(&stream, ResourceCommand::Rename(name)).await;
        undone.map_err(|error| error.refusal().err().unwrap_or(CommandError::Conflict))?;
        command.step("undo ").settle(&stream).await?;
    }
    Err(taken)
}
