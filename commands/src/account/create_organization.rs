//! Create an organization that belongs to oneself.

use crate::account::RegistrationRefusal;
use fieldlog_domain::account::{AccountKind, RegisterAccount as Register};
use fieldlog_domain::shared::AccountName;
use fieldlog_domain::{AccountId, CommandId};

use crate::account::register::register;
use crate::authz::{Action, PersonAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Create an organization that belongs to oneself.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Public name.
    pub name: String,
}

/// Create an organization that belongs to oneself.
pub async fn create_organization(
    app: &App,
    viewer: &Viewer,
    input: CreateOrganization,
) -> Result<Done<AccountId>, CommandError<RegistrationRefusal>> {
    let owner = viewer.account.ok_or(CommandError::Unauthenticated)?;
    let granted = app.authorise(viewer, Action::Person(PersonAction::CreateOrganization, owner))?;
    let name = AccountName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    let command = app.command(granted, viewer, input.command_id);
    let organization = AccountId(command.derive("account"));
    if let Some(first) = command.repeated(&streams::account(organization)).await? {
        return Ok(Done::new(organization, Some(first.receipt)));
    }
    let registration = Register {
        name,
        kind: AccountKind::Organization,
        owner: Some(owner),
        profile: None,
        password_hash: None,
        is_admin: false,
    };
    register(&command, organization, registration).await
}
