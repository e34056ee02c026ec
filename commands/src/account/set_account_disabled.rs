//! Disable an account or enable it again; disabling ends all sessions.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::{AccountId, CommandId};

use crate::{App, CommandError, Done, Viewer};

/// Disable an account or enable it again; disabling ends all sessions.
#[derive(Debug, Clone)]
pub struct SetAccountDisabled {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The account.
    pub account: AccountId,
    /// Whether it is disabled from now on.
    pub is_disabled: bool,
}

/// Disable an account or enable it again; disabling ends all sessions.
pub async fn set_account_disabled(app: &App, viewer: &Viewer, input: SetAccountDisabled) -> Result<Done<()>, CommandError<AccountRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
