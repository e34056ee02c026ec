//! Open somebody's sealed mail and names.

use fieldlog_domain::AccountId;
use serde::{Deserialize, Serialize};

use crate::{App, CommandError, Never, Viewer};

/// Mail and names of a person, opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Mail address.
    pub email: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
}

/// Open somebody's sealed mail and names; none when they were forgotten or never given.
pub async fn open_profile(app: &App, viewer: &Viewer, account: AccountId) -> Result<Option<Profile>, CommandError<Never>> {
    todo!("{:?}", (app.now(), viewer, account))
}
