//! Create a project.

use crate::dispatch::Dispatch;
use crate::project::ProjectRefusal;
use fieldlog_domain::account::AccountKind;
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::name_claim::ClaimedName;
use fieldlog_domain::resource::Visibility;
use fieldlog_domain::resource::{
    Collaborator, ProjectSettings, ProjectType, RegisterResource, Resource, ResourceCommand, ResourceKind,
    ResourceSource,
};
use fieldlog_domain::shared::{ResourceName, Role};
use fieldlog_domain::{AccountId, CommandId, ResourceId};
use fieldlog_eventlog::Receipt;
use fieldlog_projections::Membership;

use crate::authz::{Action, OrganizationAction, PersonAction, ResourceAction};
use crate::plan::check_room_for_project;
use crate::{App, CommandError, Done, Viewer, streams};

/// Create a project.
#[derive(Debug, Clone)]
pub struct CreateProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Whose it is; none: one's own.
    pub owner: Option<AccountId>,
    /// Its name, unique under its owner.
    pub name: String,
    /// For people, may be empty.
    pub description: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// What its managers decide.
    pub settings: ProjectSettings,
    /// What it is made from.
    pub source: ResourceSource,
}

/// Create a project.
pub async fn create_project(
    app: &App,
    viewer: &Viewer,
    input: CreateProject,
) -> Result<Done<ResourceId>, CommandError<ProjectRefusal>> {
    let owner = input.owner.or(viewer.account).ok_or(CommandError::Unauthenticated)?;
    let row = app.view().account(owner)?.filter(|row| !row.is_erased).ok_or(CommandError::NotFound("account"))?;
    let action = match row.kind {
        AccountKind::Person => Action::Person(PersonAction::CreateProject, owner),
        AccountKind::Organization => Action::Organization(OrganizationAction::CreateProject, owner),
    };
    let granted = app.authorise(viewer, action)?;
    if row.is_disabled {
        return Err(CommandError::Forbidden);
    }
    let name = ResourceName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    if let ResourceSource::Copied { from, .. } = &input.source {
        check_original(app, viewer, *from, owner)?;
    }
    let command = app.command(granted, viewer, input.command_id);
    let project = ResourceId(command.derive("resource"));
    let command = command.about(project);
    let registration = RegisterResource {
        kind: ResourceKind::Project,
        owner,
        name,
        description: input.description,
        visibility: input.visibility,
        source: input.source,
        settings: input.settings,
    };
    let receipt = register(&command, project, registration).await?;
    let as_creator = as_creator(app, viewer, &command, owner, project).await?;
    Ok(Done::new(project, as_creator.or(receipt)))
}

/// Whether a project may be copied for this owner.
fn check_original(
    app: &App,
    viewer: &Viewer,
    from: ResourceId,
    owner: AccountId,
) -> Result<(), CommandError<ProjectRefusal>> {
    let _granted = app.authorise(viewer, Action::Resource(ResourceAction::ReadFiles, from))?;
    let row = app.view().project(from, owner)?.filter(|row| !row.resource.is_retired);
    let row = row.ok_or(CommandError::NotFound("project to copy"))?;
    if row.project_type() == ProjectType::SharedDatasets {
        return Err(CommandError::Refused(ProjectRefusal::NotCopyable));
    }
    let owner = app.view().account(owner)?.ok_or(CommandError::NotFound("account"))?;
    check_room_for_project(app, from, &owner).map_err(|error| error.map_refusal(ProjectRefusal::Owner))
}

/// Claims the name and registers the project.
async fn register(
    command: &Dispatch<'_>,
    project: ResourceId,
    registration: RegisterResource,
) -> Result<Option<Receipt>, CommandError<ProjectRefusal>> {
    let stream = streams::resource(project);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Some(first.receipt));
    }
    let name = registration.name.clone();
    let claimed = ClaimedName::Resource { owner: registration.owner, name: name.clone() };
    let taken = |_| ProjectRefusal::NameTaken { name: name.clone() };
    command.claim(&claimed, &stream).await.map_err(|error| error.map_refusal(taken))?;
    let registered = command.dispatch::<Resource>(&stream, ResourceCommand::Register(registration)).await;
    if let Err(CommandError::Refused(_)) = registered {
        command.release(&claimed, &stream).await.map_err(|error| error.map_refusal(taken))?;
    }
    registered.map_err(|error| error.map_refusal(ProjectRefusal::Resource))
}

/// Somebody who may create projects in an organization, and nothing else, administers those they created.
async fn as_creator(
    app: &App,
    viewer: &Viewer,
    command: &Dispatch<'_>,
    owner: AccountId,
    project: ResourceId,
) -> Result<Option<Receipt>, CommandError<ProjectRefusal>> {
    let Some(person) = viewer.account else { return Ok(None) };
    if app.view().membership(owner, person)? != Some(Membership::Member(MemberRole::Creator)) {
        return Ok(None);
    }
    let add = ResourceCommand::AddCollaborator { collaborator: Collaborator::Person(person), role: Role::Admin };
    let added = command.step("as creator ").dispatch::<Resource>(&streams::resource(project), add).await;
    added.map_err(|error| error.map_refusal(ProjectRefusal::Resource))
}
