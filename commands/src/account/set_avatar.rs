//! Give a person or an organization a picture.

use bytes::Bytes;
use fieldlog_domain::account::{Account, AccountCommand, Avatar};
use fieldlog_domain::{AccountId, CommandId};

use super::{AvatarRefusal, change_profile_of};
use crate::{App, CommandError, Done, Viewer, picture, streams};

/// Give a person or an organization a picture, in place of the one before.
#[derive(Debug, Clone)]
pub struct SetAvatar {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The account.
    pub account: AccountId,
    /// A PNG or JPEG.
    pub picture: Bytes,
}

/// Give a person or an organization a picture, in place of the one before.
pub async fn set_avatar(app: &App, viewer: &Viewer, input: SetAvatar) -> Result<Done<()>, CommandError<AvatarRefusal>> {
    let granted = app.authorise(viewer, change_profile_of(app, input.account)?)?;
    let media_type =
        picture::look_at(&input.picture).await?.map_err(|refusal| CommandError::Refused(refusal.into()))?;
    let size = input.picture.len() as u64;
    let blob = app.storage().put_bytes(input.picture).await;
    let blob = blob.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let avatar = Avatar { digest: blob.digest, media_type: media_type.to_owned(), size };
    let command = app.command(granted, viewer, input.command_id);
    let set = AccountCommand::SetAvatar(avatar);
    let receipt = command.dispatch::<Account>(&streams::account(input.account), set).await;
    Ok(Done::new((), receipt.map_err(|error| error.map_refusal(AvatarRefusal::Account))?))
}
