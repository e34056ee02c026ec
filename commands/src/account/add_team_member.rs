//! Put a member of an organization into a team.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::{App, CommandError, Done, Viewer};

/// Put a member of an organization into a team.
#[derive(Debug, Clone)]
pub struct AddTeamMember {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The team.
    pub team: TeamId,
    /// The person.
    pub member: AccountId,
}

/// Put a member of an organization into a team.
pub async fn add_team_member(app: &App, viewer: &Viewer, input: AddTeamMember) -> Result<Done<()>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
