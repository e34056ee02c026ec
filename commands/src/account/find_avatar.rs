//! Find the picture of an account, for everybody.

use fieldlog_projections::AvatarRow;

use super::avatar_id::account_of;
use crate::{App, CommandError, Never};

/// Find the picture of an account by its public id; none: the account has no picture. Nobody's id and that of an erased account are
/// ids of nothing.
pub fn find_avatar(app: &App, public_id: &str) -> Result<Option<AvatarRow>, CommandError<Never>> {
    let no_avatar = || CommandError::NotFound("avatar");
    let account = account_of(app, public_id).ok_or_else(no_avatar)?;
    let row = app.view().account(account)?.filter(|row| !row.is_erased).ok_or_else(no_avatar)?;
    Ok(row.avatar)
}
