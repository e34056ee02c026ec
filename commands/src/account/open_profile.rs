//! Open somebody's sealed mail and names.

use std::fmt;

use fieldlog_domain::{AccountId, Sealed};
use fieldlog_vault::Opened;
use serde::{Deserialize, Serialize};

use super::register::{CREDENTIAL, PROFILE};
use crate::authz::{Action, PersonAction};
use crate::{App, CommandError, Never, Viewer};

/// Mail and names of a person, opened.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Mail address.
    pub email: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile(…)")
    }
}

/// Open somebody's sealed mail and names; none when they were forgotten or never given.
pub async fn open_profile(
    app: &App,
    viewer: &Viewer,
    account: AccountId,
) -> Result<Option<Profile>, CommandError<Never>> {
    app.authorise(viewer, Action::Person(PersonAction::ReadProfile, account))?;
    let row = app.view().account(account)?.ok_or(CommandError::NotFound("account"))?;
    open_sealed_profile(app, row.profile.as_ref()).await
}

/// Mail and names, unless they were forgotten or never given.
pub(super) async fn open_sealed_profile<R>(
    app: &App,
    sealed: Option<&Sealed>,
) -> Result<Option<Profile>, CommandError<R>> {
    let Some(sealed) = sealed else { return Ok(None) };
    match app.vault().open_sealed_as(PROFILE, sealed).await? {
        Opened::Forgotten => Ok(None),
        Opened::Value(json) => {
            let profile = serde_json::from_slice(&json);
            Ok(Some(profile.map_err(|error| CommandError::Damaged(format!("a profile: {error}")))?))
        }
    }
}

/// A password hash, unless it was forgotten or never given.
pub(crate) async fn open_credential<R>(app: &App, sealed: Option<&Sealed>) -> Result<Option<String>, CommandError<R>> {
    let Some(sealed) = sealed else { return Ok(None) };
    match app.vault().open_sealed_as(CREDENTIAL, sealed).await? {
        Opened::Forgotten => Ok(None),
        Opened::Value(hash) => {
            let hash = std::str::from_utf8(&hash).map(str::to_owned);
            Ok(Some(hash.map_err(|error| CommandError::Damaged(format!("a password hash: {error}")))?))
        }
    }
}
