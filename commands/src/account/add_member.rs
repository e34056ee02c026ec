//! Add a person to an organization.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::{AccountId, CommandId};

use crate::{App, CommandError, Done, Viewer};

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
pub async fn add_member(app: &App, viewer: &Viewer, input: AddMember) -> Result<Done<()>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
