//! Delete a team of an organization.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Delete a team of an organization.
#[derive(Debug, Clone)]
pub struct DeleteTeam {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The team.
    pub team: TeamId,
}

/// Delete a team of an organization.
pub async fn delete_team(
    app: &App,
    viewer: &Viewer,
    input: DeleteTeam,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let command = AccountCommand::DeleteTeam(input.team);
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
