//! Give a person another password; all of the person's sessions end.

use crate::account::ChangePasswordRefusal;
use crate::account::Password;
use fieldlog_domain::{AccountId, CommandId};

use crate::{App, CommandError, Done, Viewer};

/// Give a person another password; all of the person's sessions end.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The person.
    pub account: AccountId,
    /// The password so far; only an operator may leave it out.
    pub current: Option<Password>,
    /// The password from now on.
    pub new: Password,
}

/// Give a person another password; all of the person's sessions end.
pub async fn change_password(app: &App, viewer: &Viewer, input: ChangePassword) -> Result<Done<()>, CommandError<ChangePasswordRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
