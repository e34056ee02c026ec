//! Decide what members without a role of their own may do on an organization's projects.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, CommandId};

use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Decide what members without a role of their own may do on an organization's projects.
#[derive(Debug, Clone)]
pub struct SetDefaultProjectRole {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The role; none: no role.
    pub role: Option<Role>,
}

/// Decide what members without a role of their own may do on an organization's projects.
pub async fn set_default_project_role(
    app: &App,
    viewer: &Viewer,
    input: SetDefaultProjectRole,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    let command = AccountCommand::SetDefaultProjectRole(input.role);
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
