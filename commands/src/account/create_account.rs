//! Create a person's account for somebody, whether registration is open or not.

use crate::account::Password;
use crate::account::RegistrationRefusal;
use fieldlog_domain::{AccountId, CommandId};

use crate::account::register::{Person, register_person};
use crate::authz::{Action, ServerAction};
use crate::{App, CommandError, Done, Viewer};

/// Create a person's account for somebody, whether registration is open or not.
#[derive(Debug, Clone)]
pub struct CreateAccount {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Public name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Password.
    pub password: Password,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Whether the person administers the server.
    pub is_admin: bool,
}

/// Create a person's account for somebody, whether registration is open or not.
pub async fn create_account(
    app: &App,
    viewer: &Viewer,
    input: CreateAccount,
) -> Result<Done<AccountId>, CommandError<RegistrationRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::CreateAccount))?;
    let person = Person {
        name: &input.name,
        email: &input.email,
        password: input.password,
        first_name: input.first_name,
        last_name: input.last_name,
        is_admin: input.is_admin,
    };
    register_person(&app.command(granted, viewer, input.command_id), person).await
}
