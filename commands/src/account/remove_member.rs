//! Remove a person from an organization and its teams.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::{AccountId, CommandId};

use crate::{App, CommandError, Done, Viewer};

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
pub async fn remove_member(app: &App, viewer: &Viewer, input: RemoveMember) -> Result<Done<()>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
