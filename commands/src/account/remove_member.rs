//! Remove a person from an organization and its teams.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::{AccountId, CommandId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Remove a person from an organization and its teams.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The person.
    pub member: AccountId,
}

/// Remove a person from an organization and its teams.
pub async fn remove_member(
    app: &App,
    viewer: &Viewer,
    input: RemoveMember,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let command = AccountCommand::RemoveMember { member: input.member };
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
