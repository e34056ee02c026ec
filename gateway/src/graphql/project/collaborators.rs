//! Changing who works on a project.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use fieldlog_commands::project as commands;
use fieldlog_domain::resource::Collaborator as Who;
use uuid::Uuid;

use super::mutations::project;
use crate::graphql::context::RequestContext;
use crate::graphql::enums::Role;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::resource::kinds::Project;

/// Who works on a project.
#[derive(OneofObject)]
pub enum CollaboratorInput {
    /// A person, by id.
    Person(ID),
    /// A person, by the public name in any case.
    PersonName(String),
    /// All members of a team.
    Team(ID),
}

/// Somebody who is to work on a project.
#[derive(InputObject)]
pub struct AddCollaboratorInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// Who.
    collaborator: CollaboratorInput,
    /// What they may do.
    role: Role,
}

/// Another role for somebody who works on a project.
#[derive(InputObject)]
pub struct ChangeCollaboratorRoleInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// Who.
    collaborator: CollaboratorInput,
    /// What they may do.
    role: Role,
}

/// Somebody who is no longer to work on a project.
#[derive(InputObject)]
pub struct RemoveCollaboratorInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// Who.
    collaborator: CollaboratorInput,
}

/// They work on the project.
#[derive(SimpleObject)]
pub struct CollaboratorAdded {
    /// The project.
    project: Project,
}

/// They have the role.
#[derive(SimpleObject)]
pub struct CollaboratorRoleChanged {
    /// The project.
    project: Project,
}

/// They no longer work on the project.
#[derive(SimpleObject)]
pub struct CollaboratorRemoved {
    /// The project.
    project: Project,
}

payload! {
    /// What comes of `addCollaborator`.
    AddCollaboratorPayload {
        CollaboratorAdded; AlreadyACollaborator, OwnerIsNoCollaborator, OrganizationIsNoCollaborator,
        NotInTheOrganization, ResourceRetired
    }
}
payload! {
    /// What comes of `changeCollaboratorRole`.
    ChangeCollaboratorRolePayload { CollaboratorRoleChanged; NotACollaborator, ResourceRetired }
}
payload! {
    /// What comes of `removeCollaborator`.
    RemoveCollaboratorPayload { CollaboratorRemoved; NotACollaborator, ResourceRetired }
}

/// Changing who works on a project.
#[derive(Default)]
pub struct CollaboratorMutations;

#[Object]
impl CollaboratorMutations {
    /// Lets somebody work on a project.
    async fn add_collaborator(
        &self,
        context: &Context<'_>,
        input: AddCollaboratorInput,
    ) -> Result<AddCollaboratorPayload, Failure> {
        outcome(add(context, input).await)
    }

    /// Gives somebody who works on a project another role.
    async fn change_collaborator_role(
        &self,
        context: &Context<'_>,
        input: ChangeCollaboratorRoleInput,
    ) -> Result<ChangeCollaboratorRolePayload, Failure> {
        outcome(change(context, input).await)
    }

    /// Lets somebody no longer work on a project.
    async fn remove_collaborator(
        &self,
        context: &Context<'_>,
        input: RemoveCollaboratorInput,
    ) -> Result<RemoveCollaboratorPayload, Failure> {
        outcome(remove(context, input).await)
    }
}

async fn add(context: &Context<'_>, input: AddCollaboratorInput) -> Result<CollaboratorAdded, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::AddCollaborator {
        command_id: command_id(input.command_id),
        project: id,
        collaborator: who(request, &input.collaborator)?,
        role: input.role.into(),
    };
    let done = commands::add_collaborator(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(CollaboratorAdded { project: project(&reading, id).await? })
}

async fn change(context: &Context<'_>, input: ChangeCollaboratorRoleInput) -> Result<CollaboratorRoleChanged, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::ChangeCollaboratorRole {
        command_id: command_id(input.command_id),
        project: id,
        collaborator: who(request, &input.collaborator)?,
        role: input.role.into(),
    };
    let done = commands::change_collaborator_role(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(CollaboratorRoleChanged { project: project(&reading, id).await? })
}

async fn remove(context: &Context<'_>, input: RemoveCollaboratorInput) -> Result<CollaboratorRemoved, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("project", &input.project)?;
    let command = commands::RemoveCollaborator {
        command_id: command_id(input.command_id),
        project: id,
        collaborator: who(request, &input.collaborator)?,
    };
    let done = commands::remove_collaborator(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(CollaboratorRemoved { project: project(&reading, id).await? })
}

fn who(request: &RequestContext, input: &CollaboratorInput) -> Result<Who, Stop> {
    match input {
        CollaboratorInput::Person(id) => Ok(Who::Person(mutate::id("collaborator", id)?)),
        CollaboratorInput::Team(id) => Ok(Who::Team(mutate::id("collaborator", id)?)),
        CollaboratorInput::PersonName(name) => Ok(Who::Person(mutate::account_named(request, name)?)),
    }
}
