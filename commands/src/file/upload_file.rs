//! Upload a new version of a file.

use bytes::Bytes;
use fieldlog_domain::{CommandId, FileId, ResourceId, Sha256Digest, VersionId};
use fieldlog_storage::Expected;
use futures::Stream;

use super::UploadRefusal;
use crate::{App, CommandError, Done, Viewer};

/// Upload a new version of a file.
#[derive(Debug, Clone)]
pub struct UploadFile {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// The path.
    pub path: String,
    /// What the sender says about the bytes; checked before anything becomes visible.
    pub expected: Expected,
    /// Media type; none: guessed from the name.
    pub media_type: Option<String>,
}

/// The version that an upload made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedVersion {
    /// The version.
    pub version: VersionId,
    /// Its file.
    pub file: FileId,
    /// SHA-256 of the bytes.
    pub digest: Sha256Digest,
    /// The ETag that field clients compare.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
}

/// Upload a new version of a file. Nothing of `body` is read before it is known that it may be taken.
pub async fn upload_file<S, E>(
    app: &App,
    viewer: &Viewer,
    input: UploadFile,
    body: S,
) -> Result<Done<UploadedVersion>, CommandError<UploadRefusal>>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    drop(body);
    todo!("{:?}", (app.now(), viewer, input))
}
