//! Change a person's mail address and names.

use crate::account::ChangeProfileRefusal;
use fieldlog_domain::{AccountId, CommandId};

use crate::{App, CommandError, Done, Viewer};

/// Change a person's mail address and names.
#[derive(Debug, Clone)]
pub struct ChangeProfile {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The person.
    pub account: AccountId,
    /// Mail address; none: as it is.
    pub email: Option<String>,
    /// First name; none: as it is.
    pub first_name: Option<String>,
    /// Last name; none: as it is.
    pub last_name: Option<String>,
}

/// Change a person's mail address and names.
pub async fn change_profile(app: &App, viewer: &Viewer, input: ChangeProfile) -> Result<Done<()>, CommandError<ChangeProfileRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
