//! Organizations and their members.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::account as commands;
use uuid::Uuid;

use crate::graphql::account::{self, Account};
use crate::graphql::context::RequestContext;
use crate::graphql::enums::{MemberRole, Role};
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};

/// A new organization.
#[derive(InputObject)]
pub struct CreateOrganizationInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Public name, unique whatever the case.
    name: String,
}

/// Somebody who is to belong to an organization.
#[derive(InputObject)]
pub struct AddMemberInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The person.
    member: ID,
    /// What they may do.
    role: MemberRole,
}

/// Another role for a member.
#[derive(InputObject)]
pub struct ChangeMemberRoleInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The person.
    member: ID,
    /// What they may do.
    role: MemberRole,
}

/// Somebody who is no longer to belong to an organization.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The person.
    member: ID,
}

/// What members may do without a role of their own.
#[derive(InputObject)]
pub struct SetDefaultProjectRoleInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The role; null: nothing.
    role: Option<Role>,
}

/// The organization exists.
#[derive(SimpleObject)]
pub struct OrganizationCreated {
    /// The organization.
    organization: Account,
}

/// They belong to the organization.
#[derive(SimpleObject)]
pub struct MemberAdded {
    /// The organization.
    organization: Account,
}

/// They have the role.
#[derive(SimpleObject)]
pub struct MemberRoleChanged {
    /// The organization.
    organization: Account,
}

/// They no longer belong to the organization or its teams.
#[derive(SimpleObject)]
pub struct MemberRemoved {
    /// The organization.
    organization: Account,
}

/// Members without a role of their own have this one.
#[derive(SimpleObject)]
pub struct DefaultProjectRoleSet {
    /// The organization.
    organization: Account,
}

payload! {
    /// What comes of `createOrganization`.
    CreateOrganizationPayload { OrganizationCreated; NameTaken }
}
payload! {
    /// What comes of `addMember`.
    AddMemberPayload {
        MemberAdded; AlreadyAMember, OwnerIsNoMember, TooManyMembers, NotAnOrganization, NotAPerson
    }
}
payload! {
    /// What comes of `changeMemberRole`.
    ChangeMemberRolePayload { MemberRoleChanged; NotAMember, NotAnOrganization }
}
payload! {
    /// What comes of `removeMember`.
    RemoveMemberPayload { MemberRemoved; NotAMember, NotAnOrganization }
}
payload! {
    /// What comes of `setDefaultProjectRole`.
    SetDefaultProjectRolePayload { DefaultProjectRoleSet; NotAnOrganization }
}

/// Changing organizations and their members.
#[derive(Default)]
pub struct OrganizationMutations;

#[Object]
impl OrganizationMutations {
    /// Creates an organization that belongs to the viewer.
    async fn create_organization(
        &self,
        context: &Context<'_>,
        input: CreateOrganizationInput,
    ) -> Result<CreateOrganizationPayload, Failure> {
        outcome(create_organization(context, input).await)
    }

    /// Lets a person belong to an organization.
    async fn add_member(&self, context: &Context<'_>, input: AddMemberInput) -> Result<AddMemberPayload, Failure> {
        outcome(add_member(context, input).await)
    }

    /// Gives a member of an organization another role.
    async fn change_member_role(
        &self,
        context: &Context<'_>,
        input: ChangeMemberRoleInput,
    ) -> Result<ChangeMemberRolePayload, Failure> {
        outcome(change_member_role(context, input).await)
    }

    /// Removes a person from an organization and its teams.
    async fn remove_member(
        &self,
        context: &Context<'_>,
        input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload, Failure> {
        outcome(remove_member(context, input).await)
    }

    /// Decides what members without a role of their own may do on an organization's projects.
    async fn set_default_project_role(
        &self,
        context: &Context<'_>,
        input: SetDefaultProjectRoleInput,
    ) -> Result<SetDefaultProjectRolePayload, Failure> {
        outcome(set_default_project_role(context, input).await)
    }
}

async fn create_organization(
    context: &Context<'_>,
    input: CreateOrganizationInput,
) -> Result<OrganizationCreated, Stop> {
    let request = RequestContext::of(context);
    let command = commands::CreateOrganization { command_id: command_id(input.command_id), name: input.name };
    let done = commands::create_organization(request.gateway.app(), &request.caller.viewer, command).await?;
    let (organization, reading) = settled(context, done).await?;
    Ok(OrganizationCreated { organization: account::found(&reading, organization).await? })
}

async fn add_member(context: &Context<'_>, input: AddMemberInput) -> Result<MemberAdded, Stop> {
    let request = RequestContext::of(context);
    let organization = mutate::id("organization", &input.organization)?;
    let command = commands::AddMember {
        command_id: command_id(input.command_id),
        organization,
        member: mutate::id("member", &input.member)?,
        role: input.role.into(),
    };
    let done = commands::add_member(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(MemberAdded { organization: account::found(&reading, organization).await? })
}

async fn change_member_role(context: &Context<'_>, input: ChangeMemberRoleInput) -> Result<MemberRoleChanged, Stop> {
    let request = RequestContext::of(context);
    let organization = mutate::id("organization", &input.organization)?;
    let command = commands::ChangeMemberRole {
        command_id: command_id(input.command_id),
        organization,
        member: mutate::id("member", &input.member)?,
        role: input.role.into(),
    };
    let done = commands::change_member_role(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(MemberRoleChanged { organization: account::found(&reading, organization).await? })
}

async fn remove_member(context: &Context<'_>, input: RemoveMemberInput) -> Result<MemberRemoved, Stop> {
    let request = RequestContext::of(context);
    let organization = mutate::id("organization", &input.organization)?;
    let command = commands::RemoveMember {
        command_id: command_id(input.command_id),
        organization,
        member: mutate::id("member", &input.member)?,
    };
    let done = commands::remove_member(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(MemberRemoved { organization: account::found(&reading, organization).await? })
}

async fn set_default_project_role(
    context: &Context<'_>,
    input: SetDefaultProjectRoleInput,
) -> Result<DefaultProjectRoleSet, Stop> {
    let request = RequestContext::of(context);
    let organization = mutate::id("organization", &input.organization)?;
    let command = commands::SetDefaultProjectRole {
        command_id: command_id(input.command_id),
        organization,
        role: input.role.map(Into::into),
    };
    let done = commands::set_default_project_role(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(DefaultProjectRoleSet { organization: account::found(&reading, organization).await? })
}
