//! Let everybody see that a person belongs to an organization, or nobody.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::{AccountId, CommandId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Let everybody see that a person belongs to an organization, or nobody.
#[derive(Debug, Clone)]
pub struct ChangeMembershipVisibility {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The person.
    pub member: AccountId,
    /// Whether everybody may see it.
    pub is_public: bool,
}

/// Let everybody see that a person belongs to an organization, or nobody.
pub async fn change_membership_visibility(
    app: &App,
    viewer: &Viewer,
    input: ChangeMembershipVisibility,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let ChangeMembershipVisibility { member, is_public, .. } = input;
    let command = AccountCommand::ChangeMembershipVisibility { member, is_public };
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
