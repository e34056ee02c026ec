//! Changing projects.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::project as commands;
use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::{ProjectSettings, ResourceSource};
use uuid::Uuid;

use crate::graphql::context::RequestContext;
use crate::graphql::enums::Visibility;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::project::settings::ProjectSettingsInput;
use crate::graphql::reading::Reading;
use crate::graphql::resource::kinds::Project;

/// A new project.
#[derive(InputObject)]
pub struct CreateProjectInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The person or organization that owns it; the viewer when left out.
    owner: Option<ID>,
    /// Unique under its owner: letters, digits, `-`, `_` and `.`.
    name: String,
    /// For people.
    #[graphql(default)]
    description: String,
    /// Who sees it without a role of their own.
    #[graphql(default_with = "Visibility::Private")]
    visibility: Visibility,
    /// The project whose files it begins with; an empty project when left out.
    copy_of: Option<ID>,
}

/// Another name for a project.
#[derive(InputObject)]
pub struct RenameProjectInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// Unique under its owner.
    name: String,
}

/// Another description for a project.
#[derive(InputObject)]
pub struct ReviseProjectInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// For people.
    description: String,
}

/// Who sees a project.
#[derive(InputObject)]
pub struct SetVisibilityInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// Who sees it without a role of their own.
    visibility: Visibility,
}

/// Several changes of a project, together or not at all; what is left out stays as it is.
#[derive(InputObject)]
pub struct ChangeProjectInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// Another name, unique under its owner.
    name: Option<String>,
    /// Another person or organization that owns it.
    owner: Option<ID>,
    /// Another description.
    description: Option<String>,
    /// Who sees it without a role of their own.
    visibility: Option<Visibility>,
    /// Other settings.
    #[graphql(default)]
    settings: ProjectSettingsInput,
}

/// The end of a project.
#[derive(InputObject)]
pub struct RetireProjectInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
}

/// The project exists.
#[derive(SimpleObject)]
pub struct ProjectCreated {
    /// The project.
    project: Project,
}

/// The project has the name.
#[derive(SimpleObject)]
pub struct ProjectRenamed {
    /// The project.
    project: Project,
}

/// The project has the description.
#[derive(SimpleObject)]
pub struct ProjectRevised {
    /// The project.
    project: Project,
}

/// The project has the visibility.
#[derive(SimpleObject)]
pub struct VisibilitySet {
    /// The project.
    project: Project,
}

/// The project is as it was asked for.
#[derive(SimpleObject)]
pub struct ProjectChanged {
    /// The project.
    project: Project,
}

/// The project is gone from all lists; its history stays.
#[derive(SimpleObject)]
pub struct ProjectRetired {
    /// The project.
    project: Project,
}

payload! {
    /// What comes of `createProject`.
    CreateProjectPayload { ProjectCreated; NameTaken, DescriptionTooLong }
}
payload! {
    /// What comes of `renameProject`.
    RenameProjectPayload { ProjectRenamed; NameTaken, ResourceRetired }
}
payload! {
    /// What comes of `reviseProject`.
    ReviseProjectPayload { ProjectRevised; DescriptionTooLong, ResourceRetired }
}
payload! {
    /// What comes of `setVisibility`.
    SetVisibilityPayload { VisibilitySet; ResourceRetired }
}
payload! {
    /// What comes of `changeProject`.
    ChangeProjectPayload { ProjectChanged; NameTaken, DescriptionTooLong, NoRoom, ResourceRetired }
}
payload! {
    /// What comes of `retireProject`.
    RetireProjectPayload { ProjectRetired }
}

/// Changing projects.
#[derive(Default)]
pub struct ProjectMutations;

#[Object]
impl ProjectMutations {
    /// Creates a project.
    async fn create_project(
        &self,
        context: &Context<'_>,
        input: CreateProjectInput,
    ) -> Result<CreateProjectPayload, Failure> {
        outcome(create(context, input).await)
    }

    /// Gives a project another name.
    async fn rename_project(
        &self,
        context: &Context<'_>,
        input: RenameProjectInput,
    ) -> Result<RenameProjectPayload, Failure> {
        outcome(rename(context, input).await)
    }

    /// Rewrites a project's description.
    async fn revise_project(
        &self,
        context: &Context<'_>,
        input: ReviseProjectInput,
    ) -> Result<ReviseProjectPayload, Failure> {
        outcome(revise(context, input).await)
    }

    /// Decides who sees a project without a role of their own.
    async fn set_visibility(
        &self,
        context: &Context<'_>,
        input: SetVisibilityInput,
    ) -> Result<SetVisibilityPayload, Failure> {
        outcome(set_visibility(context, input).await)
    }

    /// Changes several things of a project at once: its name, owner, description, visibility and settings.
    async fn change_project(
        &self,
        context: &Context<'_>,
        input: ChangeProjectInput,
    ) -> Result<ChangeProjectPayload, Failure> {
        outcome(change(context, input).await)
    }

    /// Takes a project out of all lists; its name is free again, its history stays.
    async fn retire_project(
        &self,
        context: &Context<'_>,
        input: RetireProjectInput,
    ) -> Result<RetireProjectPayload, Failure> {
        outcome(retire(context, input).await)
    }
}

async fn create(context: &Context<'_>, input: CreateProjectInput) -> Result<ProjectCreated, Stop> {
    let request = RequestContext::of(context);
    let command = commands::CreateProject {
        command_id: command_id(input.command_id),
        owner: input.owner.map(|id| mutate::id("owner", &id)).transpose()?,
        name: input.name,
        description: input.description,
        visibility: input.visibility.into(),
        settings: ProjectSettings::default(),
        source: match input.copy_of {
            Some(from) => ResourceSource::Copied { from: mutate::id("copyOf", &from)?, extent: None },
            None => ResourceSource::Created,
        },
    };
    let done = commands::create_project(request.gateway.app(), &request.caller.viewer, command).await?;
    let (id, reading) = settled(context, done).await?;
    Ok(ProjectCreated { project: project(&reading, id).await? })
}

async fn rename(context: &Context<'_>, input: RenameProjectInput) -> Result<ProjectRenamed, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::RenameProject { command_id: command_id(input.command_id), project: id, name: input.name };
    let done = commands::rename_project(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(ProjectRenamed { project: project(&reading, id).await? })
}

async fn revise(context: &Context<'_>, input: ReviseProjectInput) -> Result<ProjectRevised, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::ReviseMetadata {
        command_id: command_id(input.command_id),
        project: id,
        description: input.description,
    };
    let done = commands::revise_metadata(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(ProjectRevised { project: project(&reading, id).await? })
}

async fn set_visibility(context: &Context<'_>, input: SetVisibilityInput) -> Result<VisibilitySet, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::ChangeVisibility {
        command_id: command_id(input.command_id),
        project: id,
        visibility: input.visibility.into(),
    };
    let done = commands::change_visibility(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(VisibilitySet { project: project(&reading, id).await? })
}

async fn change(context: &Context<'_>, input: ChangeProjectInput) -> Result<ProjectChanged, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::ChangeProject {
        command_id: command_id(input.command_id),
        project: id,
        name: input.name,
        owner: input.owner.map(|id| mutate::id("owner", &id)).transpose()?,
        description: input.description,
        visibility: input.visibility.map(Into::into),
        settings: input.settings.into(),
    };
    let done = commands::change_project(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(ProjectChanged { project: project(&reading, id).await? })
}

async fn retire(context: &Context<'_>, input: RetireProjectInput) -> Result<ProjectRetired, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::RetireProject { command_id: command_id(input.command_id), project: id };
    let done = commands::retire_project(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(ProjectRetired { project: project(&reading, id).await? })
}

/// The project that was just changed. The viewer changed it, so they see it, even if they no longer have a role on it.
pub async fn project(reading: &Arc<Reading>, id: ResourceId) -> Result<Project, Failure> {
    let row = reading.view.resource(id)?;
    row.map(|row| Project::new(row, reading)).ok_or_else(|| Failure::internal(format!("there is no resource {id}")))
}
