//! Changing teams.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::account as commands;
use fieldlog_domain::TeamId;
use uuid::Uuid;

use super::Team;
use crate::graphql::account::{self, Account};
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::reading::Reading;

/// A new team.
#[derive(InputObject)]
pub struct CreateTeamInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// Unique in the organization whatever the case.
    name: String,
}

/// A team to be deleted.
#[derive(InputObject)]
pub struct DeleteTeamInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The team.
    team: ID,
}

/// A member who is to join a team.
#[derive(InputObject)]
pub struct AddTeamMemberInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The team.
    team: ID,
    /// The person.
    member: ID,
}

/// A member who is to leave a team.
#[derive(InputObject)]
pub struct RemoveTeamMemberInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The organization.
    organization: ID,
    /// The team.
    team: ID,
    /// The person.
    member: ID,
}

/// The team exists.
#[derive(SimpleObject)]
pub struct TeamCreated {
    /// The team.
    team: Team,
}

/// The team is gone.
#[derive(SimpleObject)]
pub struct TeamDeleted {
    /// The organization.
    organization: Account,
}

/// They are in the team.
#[derive(SimpleObject)]
pub struct TeamMemberAdded {
    /// The team.
    team: Team,
}

/// They are not in the team.
#[derive(SimpleObject)]
pub struct TeamMemberRemoved {
    /// The team.
    team: Team,
}

payload! {
    /// What comes of `createTeam`.
    CreateTeamPayload { TeamCreated; NameTaken, NotAnOrganization }
}
payload! {
    /// What comes of `deleteTeam`.
    DeleteTeamPayload { TeamDeleted; NotAnOrganization }
}
payload! {
    /// What comes of `addTeamMember`.
    AddTeamMemberPayload { TeamMemberAdded; NotAMember, NotAnOrganization }
}
payload! {
    /// What comes of `removeTeamMember`.
    RemoveTeamMemberPayload { TeamMemberRemoved; NotAnOrganization }
}

/// Changing teams.
#[derive(Default)]
pub struct TeamMutations;

#[Object]
impl TeamMutations {
    /// Creates a team in an organization.
    async fn create_team(&self, context: &Context<'_>, input: CreateTeamInput) -> Result<CreateTeamPayload, Failure> {
        outcome(create_team(context, input).await)
    }

    /// Deletes a team; its members stay in the organization.
    async fn delete_team(&self, context: &Context<'_>, input: DeleteTeamInput) -> Result<DeleteTeamPayload, Failure> {
        outcome(delete_team(context, input).await)
    }

    /// Puts a member of an organization into a team.
    async fn add_team_member(
        &self,
        context: &Context<'_>,
        input: AddTeamMemberInput,
    ) -> Result<AddTeamMemberPayload, Failure> {
        outcome(add_team_member(context, input).await)
    }

    /// Takes a member of an organization out of a team.
    async fn remove_team_member(
        &self,
        context: &Context<'_>,
        input: RemoveTeamMemberInput,
    ) -> Result<RemoveTeamMemberPayload, Failure> {
        outcome(remove_team_member(context, input).await)
    }
}

async fn create_team(context: &Context<'_>, input: CreateTeamInput) -> Result<TeamCreated, Stop> {
    let request = RequestContext::of(context);
    let command = commands::CreateTeam {
        command_id: command_id(input.command_id),
        organization: mutate::id("organization", &input.organization)?,
        name: input.name,
    };
    let done = commands::create_team(request.gateway.app(), &request.caller.viewer, command).await?;
    let (team, reading) = settled(context, done).await?;
    Ok(TeamCreated { team: found(&reading, team)? })
}

async fn delete_team(context: &Context<'_>, input: DeleteTeamInput) -> Result<TeamDeleted, Stop> {
    let request = RequestContext::of(context);
    let organization = mutate::id("organization", &input.organization)?;
    let command = commands::DeleteTeam {
        command_id: command_id(input.command_id),
        organization,
        team: mutate::id("team", &input.team)?,
    };
    let done = commands::delete_team(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(TeamDeleted { organization: account::found(&reading, organization).await? })
}

async fn add_team_member(context: &Context<'_>, input: AddTeamMemberInput) -> Result<TeamMemberAdded, Stop> {
    let request = RequestContext::of(context);
    let team = mutate::id("team", &input.team)?;
    let command = commands::AddTeamMember {
        command_id: command_id(input.command_id),
        organization: mutate::id("organization", &input.organization)?,
        team,
        member: mutate::id("member", &input.member)?,
    };
    let done = commands::add_team_member(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(TeamMemberAdded { team: found(&reading, team)? })
}

async fn remove_team_member(context: &Context<'_>, input: RemoveTeamMemberInput) -> Result<TeamMemberRemoved, Stop> {
    let request = RequestContext::of(context);
    let team = mutate::id("team", &input.team)?;
    let command = commands::RemoveTeamMember {
        command_id: command_id(input.command_id),
        organization: mutate::id("organization", &input.organization)?,
        team,
        member: mutate::id("member", &input.member)?,
    };
    let done = commands::remove_team_member(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(TeamMemberRemoved { team: found(&reading, team)? })
}

/// A team that is there because it was just changed.
fn found(reading: &std::sync::Arc<Reading>, id: TeamId) -> Result<Team, Failure> {
    let row = reading.view.team(id)?;
    row.map(|row| Team::new(row, reading)).ok_or_else(|| Failure::internal(format!("there is no team {id}")))
}
