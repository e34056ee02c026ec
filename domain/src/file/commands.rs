//! What can be asked of a file.

use crate::job::JobOutput;
use crate::shared::FilePath;
use crate::shared::ids::{FileId, JobId, ResourceId, VersionId};
use crate::{Md5Digest, Sha256Digest};

use super::{SetAside, VersionSource};

/// Put new bytes under the path; they are in object storage already.
#[derive(Debug, Clone)]
pub struct AddFileVersion {
    /// Whose file.
    pub resource: ResourceId,
    /// The path.
    pub path: FilePath,
    /// The version.
    pub version: VersionId,
    /// SHA-256 of the bytes.
    pub digest: Sha256Digest,
    /// MD5 of the bytes, where it is known: always up to 8 MiB, above only when the sender announced one.
    pub md5: Option<Md5Digest>,
    /// The S3 multipart ETag of 8 MiB parts.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// Where it came from.
    pub source: VersionSource,
    /// What the path has to hold for that.
    pub onto: Onto,
}

impl AddFileVersion {
    /// What a job made of the file at `path`. There is one such version, whoever puts it in its place.
    pub fn made(job: JobId, resource: ResourceId, path: FilePath, output: &JobOutput, onto: Onto) -> Self {
        Self {
            version: VersionId::of_job(job, FileId::of(resource, &path)),
            resource,
            path,
            digest: output.digest,
            md5: None,
            etag: output.etag.clone().unwrap_or_default(),
            size: output.size,
            media_type: output.media_type.clone(),
            source: VersionSource::Job { job },
            onto,
        }
    }
}

/// What a path has to hold for a new version to be put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Onto {
    /// Anything, or nothing.
    #[default]
    Whatever,
    /// Nothing.
    Nothing,
    /// These bytes.
    Bytes(Sha256Digest),
}

/// Any command to a file.
#[derive(Debug, Clone)]
pub enum FileCommand {
    /// See [`AddFileVersion`].
    AddVersion(AddFileVersion),
    /// Make an earlier version's bytes current again.
    RestoreVersion {
        /// The new version.
        version: VersionId,
        /// Whose bytes it gets.
        restored: VersionId,
    },
    /// Take a version out of the lists.
    DeleteVersion(VersionId),
    /// Empty the path.
    Delete,
    /// Empty the path as long as it holds this version, which means nothing any more.
    SetAside {
        /// The version.
        version: VersionId,
        /// Why.
        because: SetAside,
    },
    /// Let the bytes of a deleted or superseded version be removed.
    PurgeVersion(VersionId),
}
