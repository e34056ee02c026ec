//! Take a member of an organization out of a team.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Take a member of an organization out of a team.
#[derive(Debug, Clone)]
pub struct RemoveTeamMember {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The team.
    pub team: TeamId,
    /// The person.
    pub member: AccountId,
}

/// Take a member of an organization out of a team.
pub async fn remove_team_member(
    app: &App,
    viewer: &Viewer,
    input: RemoveTeamMember,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let command = AccountCommand::RemoveTeamMember { team: input.team, member: input.member };
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
