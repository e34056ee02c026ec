//! Add a person to an organization.

use fieldlog_domain::account::MemberRole;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::{AccountId, CommandId};

use crate::account::{AddMemberRefusal, person};
use crate::authz::{Action, OrganizationAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Add a person to an organization.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The person.
    pub member: AccountId,
    /// What they may do.
    pub role: MemberRole,
}

/// Add a person to an organization.
pub async fn add_member(
    app: &App,
    viewer: &Viewer,
    input: AddMember,
) -> Result<Done<()>, CommandError<AddMemberRefusal>> {
    let granted = app.authorise(viewer, Action::Organization(OrganizationAction::ManageMembers, input.organization))?;
    person(app, "member", input.member)?;
    let row = app.view().account(input.organization)?.ok_or(CommandError::NotFound("organization"))?;
    let subscription = app.subscription_of(&row).map_err(|unknown| CommandError::Refused(unknown.into()))?;
    let limit = subscription.plan.max_organization_members;
    let command = AccountCommand::AddMember { member: input.member, role: input.role, limit };
    let stream = streams::account(input.organization);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await;
    Ok(Done::new((), receipt.map_err(|error| error.map_refusal(AddMemberRefusal::Account))?))
}
