//! Register oneself as a person.

use crate::account::Password;
use crate::account::RegistrationRefusal;
use fieldlog_domain::{AccountId, CommandId};

use crate::Registration;
use crate::account::register::{Person, register_person};
use crate::authz::{Action, ServerAction};
use crate::{App, CommandError, Done, Viewer};

/// Register oneself as a person.
#[derive(Debug, Clone)]
pub struct RegisterAccount {
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
}

/// Register oneself as a person.
pub async fn register_account(
    app: &App,
    viewer: &Viewer,
    input: RegisterAccount,
) -> Result<Done<AccountId>, CommandError<RegistrationRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::Enter))?;
    if app.settings().registration == Registration::Closed {
        return Err(CommandError::Refused(RegistrationRefusal::Closed));
    }
    let person = Person {
        name: &input.name,
        email: &input.email,
        password: input.password,
        first_name: input.first_name,
        last_name: input.last_name,
        is_admin: false,
    };
    register_person(&app.command(granted, viewer, input.command_id), person).await
}
