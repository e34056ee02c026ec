//! Take the picture of a person or an organization away.

use fieldlog_domain::account::{Account, AccountCommand, AccountRefusal};
use fieldlog_domain::{AccountId, CommandId};

use super::change_profile_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Take the picture of a person or an organization away.
#[derive(Debug, Clone)]
pub struct RemoveAvatar {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The account.
    pub account: AccountId,
}

/// Take the picture of a person or an organization away; its blob is collected later.
pub async fn remove_avatar(
    app: &App,
    viewer: &Viewer,
    input: RemoveAvatar,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, change_profile_of(app, input.account)?)?;
    let command = app.command(granted, viewer, input.command_id);
    let receipt = command.dispatch::<Account>(&streams::account(input.account), AccountCommand::RemoveAvatar).await?;
    Ok(Done::new((), receipt))
}
