//! Give a project a picture in place of the one QGIS drew.

use bytes::Bytes;
use fieldlog_domain::resource::{Resource, ResourceCommand, ResourceRefusal, Thumbnail};
use fieldlog_domain::{CommandId, ResourceId};
use thiserror::Error;

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// The most bytes a picture may have.
const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The most pixels a side may have.
const MAX_SIDE: u32 = 10_000;

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
    /// It is no PNG and no JPEG, or it is damaged.
    #[error("expected a picture as PNG or JPEG, found something else")]
    NotAPicture,
    /// It is too large.
    #[error(
        "a thumbnail has at most {MAX_BYTES} bytes and {MAX_SIDE} pixels a side, found {bytes} bytes, {width} x {height}"
    )]
    TooLarge {
        /// Bytes.
        bytes: usize,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
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
    let media_type = media_type(&input.picture).map_err(CommandError::Refused)?;
    let size = input.picture.len() as u64;
    let blob = app.storage().put_bytes(input.picture).await;
    let blob = blob.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let thumbnail = Thumbnail { digest: blob.digest, media_type: media_type.to_owned(), size };
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let set = ResourceCommand::SetThumbnail(thumbnail);
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), set).await;
    Ok(Done::new((), receipt.map_err(|error| error.map_refusal(ThumbnailRefusal::Resource))?))
}

/// Looks at the picture, not at what somebody calls it.
fn media_type(picture: &[u8]) -> Result<&'static str, ThumbnailRefusal> {
    let size = imagesize::blob_size(picture).map_err(|_| ThumbnailRefusal::NotAPicture)?;
    let media_type = match imagesize::image_type(picture) {
        Ok(imagesize::ImageType::Png) => "image/png",
        Ok(imagesize::ImageType::Jpeg) => "image/jpeg",
        Ok(_) | Err(_) => return Err(ThumbnailRefusal::NotAPicture),
    };
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let (width, height) = (side(size.width), side(size.height));
    if picture.len() > MAX_BYTES || width > MAX_SIDE || height > MAX_SIDE {
        return Err(ThumbnailRefusal::TooLarge { bytes: picture.len(), width, height });
    }
    Ok(media_type)
}
