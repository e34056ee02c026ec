//! Create a team in an organization.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::{AccountId, CommandId, TeamId};

use crate::{App, CommandError, Done, Viewer};

/// Create a team in an organization.
#[derive(Debug, Clone)]
pub struct CreateTeam {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The organization.
    pub organization: AccountId,
    /// Its name.
    pub name: String,
}

/// Create a team in an organization.
pub async fn create_team(app: &App, viewer: &Viewer, input: CreateTeam) -> Result<Done<TeamId>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
