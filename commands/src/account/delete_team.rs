//! Delete a team of an organization.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::{App, CommandError, Done, Viewer};

/// Delete a team of an organization.
#[derive(Debug, Clone)]
pub struct DeleteTeam {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// The team.
    pub team: TeamId,
}

/// Delete a team of an organization.
pub async fn delete_team(app: &App, viewer: &Viewer, input: DeleteTeam) -> Result<Done<()>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
