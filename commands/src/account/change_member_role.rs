//! Give a member of an organization another role.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::{AccountId, CommandId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Give a member of an organization another role.
#[derive(Debug, Clone)]
pub struct ChangeMemberRole {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The person.
    pub member: AccountId,
    /// What they may do.
    pub role: MemberRole,
}

/// Give a member of an organization another role.
pub async fn change_member_role(
    app: &App,
    viewer: &Viewer,
    input: ChangeMemberRole,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let command = AccountCommand::ChangeMemberRole { member: input.member, role: input.role };
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
