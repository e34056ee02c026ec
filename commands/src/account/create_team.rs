//! Create a team in an organization.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::shared::AccountName;
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Create a team in an organization.
#[derive(Debug, Clone)]
pub struct CreateTeam {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// Its name.
    pub name: String,
}

/// Create a team in an organization.
pub async fn create_team(
    app: &App,
    viewer: &Viewer,
    input: CreateTeam,
) -> Result<Done<TeamId>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let name = AccountName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    let command = app.command(granted, viewer, input.command_id);
    let team = TeamId(command.derive("team"));
    let stream = streams::account(input.organization);
    let receipt = command.dispatch::<Account>(&stream, AccountCommand::CreateTeam { team, name }).await?;
    Ok(Done::new(team, receipt))
}
