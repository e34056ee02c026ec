//! Find an account by what somebody types to log in.

use fieldlog_domain::shared::EmailAddress;
use fieldlog_domain::shared::email::NotAnEmail;
use fieldlog_projections::{AccountRow, ReadError};

use super::register::EMAIL;
use crate::{App, CommandError};

/// Find an account by its name in any case, or by the mail address of a person.
pub fn find_person(app: &App, login: &str) -> Result<Option<AccountRow>, ReadError> {
    match EmailAddress::try_new(login) {
        Ok(email) => app.view().account_by_email_index(&app.vault().blind_index(EMAIL, &email.key())),
        Err(NotAnEmail) => app.view().account_by_name(login.trim()),
    }
}

/// The same, after waiting for the read model where there seems to be nobody: another process may have registered them a
/// moment ago.
pub(crate) async fn find_person_for_sure<R>(app: &App, login: &str) -> Result<Option<AccountRow>, CommandError<R>> {
    match find_person(app, login)? {
        None => {
            app.catch_up().await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
            Ok(find_person(app, login)?)
        }
        found => Ok(found),
    }
}
