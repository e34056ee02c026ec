//! Create an organization that belongs to oneself.

use crate::account::RegistrationRefusal;
use fieldlog_domain::{AccountId, CommandId};

use crate::{App, CommandError, Done, Viewer};

/// Create an organization that belongs to oneself.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Public name.
    pub name: String,
}

/// Create an organization that belongs to oneself.
pub async fn create_organization(app: &App, viewer: &Viewer, input: CreateOrganization) -> Result<Done<AccountId>, CommandError<RegistrationRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
