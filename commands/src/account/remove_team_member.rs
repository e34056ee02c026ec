//! Take a member of an organization out of a team.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::{App, CommandError, Done, Viewer};

/// Take a member of an organization out of a team.
#[derive(Debug, Clone)]
pub struct RemoveTeamMember {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The team.
    pub team: TeamId,
    /// The person.
    pub member: AccountId,
}

/// Take a member of an organization out of a team.
pub async fn remove_team_member(app: &App, viewer: &Viewer, input: RemoveTeamMember) -> Result<Done<()>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
