//! What can happen to a file.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::aggregate::domain_event;
use crate::shared::FilePath;
use crate::shared::ids::{JobId, ResourceId, VersionId};
use crate::{Md5Digest, Sha256Digest};

/// Where a version came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VersionSource {
    /// Somebody uploaded it.
    Upload,
    /// A job made it.
    Job {
        /// Which one.
        job: JobId,
    },
}

/// Why a file went that nobody deleted: it means nothing without the one it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SetAside {
    /// What stood in it is in the file that a job made.
    TakenIn {
        /// Which job.
        job: JobId,
    },
    /// The file it belongs to holds something else than it was made for.
    LeftOver {
        /// The file it belongs to.
        main: FilePath,
    },
    /// The file it belongs to was deleted, or brought to a state that had none of it.
    GoneWith {
        /// The file it belongs to.
        main: FilePath,
    },
}

/// The life of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FileEvent {
    /// New bytes under this path; they are what the path holds from now on.
    FileVersionAdded {
        /// Whose file.
        resource: ResourceId,
        /// The path, as it was written when it held nothing before.
        path: FilePath,
        /// The version.
        version: VersionId,
        /// SHA-256 of the bytes: the blob's name.
        digest: Sha256Digest,
        /// MD5 of the bytes, where it is known: large contents are known by their ETag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        md5: Option<Md5Digest>,
        /// The S3 multipart ETag of 8 MiB parts, as clients compute it.
        etag: String,
        /// Bytes.
        size: u64,
        /// For example `application/geopackage+sqlite3`.
        media_type: String,
        /// Where it came from.
        source: VersionSource,
    },
    /// An earlier version's bytes are what the path holds from now on, as a new version.
    FileVersionRestored {
        /// The new version.
        version: VersionId,
        /// Whose bytes it has.
        restored: VersionId,
    },
    /// A version is gone from the lists.
    FileVersionDeleted {
        /// The version.
        version: VersionId,
    },
    /// The path holds nothing any more.
    FileDeleted {
        /// Why, when nobody deleted it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<SetAside>,
    },
    /// The bytes of a version may be removed from object storage.
    FileVersionPurged {
        /// The version.
        version: VersionId,
    },
}

impl FileEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::FileVersionAdded { .. }
            | Self::FileVersionRestored { .. }
            | Self::FileVersionDeleted { .. }
            | Self::FileDeleted { .. }
            | Self::FileVersionPurged { .. } => "1.0.0",
        }
    }
}

domain_event!(FileEvent);
