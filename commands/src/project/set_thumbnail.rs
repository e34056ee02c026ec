//! Give a project a picture in place of the one QGIS drew.

use bytes::Bytes;
use fieldlog_domain::resource::{Resource, ResourceCommand, ResourceRefusal, Thumbnail};
use fieldlog_domain::{CommandId, ResourceId};
use thiserror::Error;

use crate::authz::{Action, ResourceAction};
use crate::picture::{self, PictureRefusal};
use crate::{App, CommandError, Done, Viewer, streams};

/// Give a project a picture in place of the one QGIS drew.
#[derive(Debug, Clone)]
pub struct SetThumbnail {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// A PNG or JPEG.
    pub picture: Bytes,
}

/// Why a picture was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ThumbnailRefusal {
    /// It cannot be shown, or is too large.
    #[error(transparent)]
    Picture(#[from] PictureRefusal),
    /// A rule of the resource.
    #[error(transparent)]
    Resource(#[from] ResourceRefusal),
}

/// Give a project a picture in place of the one QGIS drew.
pub async fn set_thumbnail(
    app: &App,
    viewer: &Viewer,
    input: SetThumbnail,
) -> Result<Done<()>, CommandError<ThumbnailRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::UploadFile, input.project))?;
    let media_type =
        picture::look_at(&input.picture).await?.map_err(|refusal| CommandError::Refused(refusal.into()))?;
    let size = input.picture.len() as u64;
    let blob = app.storage().put_bytes(input.picture).await;
    let blob = blob.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let thumbnail = Thumbnail { digest: blob.digest, media_type: media_type.to_owned(), size };
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let set = ResourceCommand::SetThumbnail(thumbnail);
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), set).await;
    Ok(Done::new((), receipt.map_err(|error| error.map_refusal(ThumbnailRefusal::Resource))?))
}
