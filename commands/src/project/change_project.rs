//! Change several things of a project at once, or nothing.

use fieldlog_domain::name_claim::{ClaimedName, NameClaimRefusal};
use fieldlog_domain::resource::{ChangeResource, ChangeSettings, Resource, ResourceCommand, Visibility};
use fieldlog_domain::shared::ResourceName;
use fieldlog_domain::{AccountId, CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::dispatch::Dispatch;
use crate::plan::check_room_for_project;
use crate::project::ProjectRefusal;
use crate::{App, CommandError, Done, Viewer, streams};

/// Change several things of a project at once, or nothing; what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ChangeProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Another name, unique under its owner.
    pub name: Option<String>,
    /// Another owner.
    pub owner: Option<AccountId>,
    /// Another description.
    pub description: Option<String>,
    /// Other people who see it.
    pub visibility: Option<Visibility>,
    /// Other settings.
    pub settings: ChangeSettings,
}

/// Change several things of a project at once, or nothing.
pub async fn change_project(
    app: &App,
    viewer: &Viewer,
    input: ChangeProject,
) -> Result<Done<()>, CommandError<ProjectRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::Change, input.project))?;
    let name = input.name.as_deref().map(ResourceName::try_new).transpose();
    let name = name.map_err(|bad| CommandError::invalid("name", bad))?;
    let to = match input.owner {
        Some(owner) => {
            let row = app.view().account(owner)?.filter(|row| !row.is_erased);
            Some(row.ok_or(CommandError::NotFound("account"))?)
        }
        None => None,
    };
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let stream = streams::resource(input.project);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Done::new((), Some(first.receipt)));
    }
    let look = |now: &Resource, _| (now.is_active(), now.owner(), now.name().cloned());
    let (is_active, Some(owner), Some(former)) = app.fresh::<Resource, _>(&stream, look).await? else {
        return Err(CommandError::NotFound("project"));
    };
    if let Some(to) = to.filter(|to| is_active && to.id != owner) {
        let checked = check_room_for_project(app, input.project, &to);
        checked.map_err(|error| error.map_refusal(ProjectRefusal::Owner))?;
    }
    let borne = (input.owner.unwrap_or(owner), name.clone().unwrap_or_else(|| former.clone()));
    let taken = |_| ProjectRefusal::NameTaken { name: borne.1.clone() };
    let is_other_name = borne != (owner, former);
    // A name for what cannot be changed would be claimed in vain.
    if is_active && is_other_name {
        let claimed = ClaimedName::Resource { owner: borne.0, name: borne.1.clone() };
        command.claim(&claimed, &stream).await.map_err(|error| error.map_refusal(taken))?;
    }
    let change = ChangeResource {
        name,
        owner: input.owner,
        description: input.description,
        visibility: input.visibility,
        settings: input.settings,
    };
    let changed = command.dispatch::<Resource>(&stream, ResourceCommand::Change(Box::new(change))).await;
    if is_other_name {
        if let Err(CommandError::Refused(_)) = &changed {
            // The name that was claimed for nothing is free again.
            let claimed = ClaimedName::Resource { owner: borne.0, name: borne.1.clone() };
            command.release(&claimed, &stream).await.map_err(|error| error.map_refusal(taken))?;
        }
        // Also after a refusal: a change at the same time may have given the project the very name that was just released.
        settle_name(&command, input.project).await.map_err(|error| error.map_refusal(taken))?;
    }
    let receipt = changed.map_err(|error| error.map_refusal(ProjectRefusal::Resource))?;
    Ok(Done::new((), receipt))
}

/// Puts the claims of a project's names right after it came to bear another one or was retired; gives the former name and owner
/// back when the new one is another project's by now.
pub(crate) async fn settle_name(
    command: &Dispatch<'_>,
    project: ResourceId,
) -> Result<(), CommandError<NameClaimRefusal>> {
    let stream = streams::resource(project);
    let taken = match command.settle(&stream).await {
        Err(taken @ CommandError::Refused(_)) => taken,
        settled => return settled,
    };
    if let Some(ClaimedName::Resource { owner, name }) = command.former_name(&stream).await? {
        let back = ChangeResource { name: Some(name), owner: Some(owner), ..ChangeResource::default() };
        let back = ResourceCommand::Change(Box::new(back));
        let undone = command.step("undo ").dispatch::<Resource>(&stream, back).await;
        undone.map_err(|error| error.refusal().err().unwrap_or(CommandError::Conflict))?;
        command.step("undo ").settle(&stream).await?;
    }
    Err(taken)
}
