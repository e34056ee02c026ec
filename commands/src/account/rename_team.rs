//! Give a team of an organization another name.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::shared::AccountName;
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Give a team of an organization another name.
#[derive(Debug, Clone)]
pub struct RenameTeam {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The team.
    pub team: TeamId,
    /// Its new name.
    pub name: String,
}

/// Give a team of an organization another name.
pub async fn rename_team(
    app: &App,
    viewer: &Viewer,
    input: RenameTeam,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let name = AccountName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    let command = AccountCommand::RenameTeam { team: input.team, name };
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
