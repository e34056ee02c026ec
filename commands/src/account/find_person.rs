//! Find an account by what somebody types to log in.

use fieldlog_domain::shared::EmailAddress;
use fieldlog_domain::shared::email::NotAnEmail;
use fieldlog_projections::{AccountRow, ReadError};

use super::register::EMAIL;
use crate::App;

/// Find an account by its name in any case, or by the mail address of a person.
pub fn find_person(app: &App, login: &str) -> Result<Option<AccountRow>, ReadError> {
    match EmailAddress::try_new(login) {
        Ok(email) => app.view().account_by_email_index(&app.vault().blind_index(EMAIL, &email.key())),
        Err(NotAnEmail) => app.view().account_by_name(login.trim()),
    }
}
