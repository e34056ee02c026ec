//! Why a file refuses a command.

use thiserror::Error;

use crate::shared::FilePath;
use crate::shared::ids::VersionId;

/// Why a file refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileRefusal {
    /// The path holds nothing.
    #[error("there is no such file")]
    NoSuchFile,
    /// There is no such version, or it was deleted or purged.
    #[error("the file has no version {0}")]
    NoSuchVersion(VersionId),
    /// It would take the place of another file on some device, or a file would be where a folder is.
    #[error(
        "the file {found:?} and the file {existing:?}, which exists, cannot both be kept on every device; rename one of them"
    )]
    Collides {
        /// The file that exists.
        existing: FilePath,
        /// The file that was sent.
        found: FilePath,
    },
    /// The path holds something else than the new version was made from.
    #[error("{0} changed meanwhile")]
    ChangedMeanwhile(FilePath),
    /// It follows another file, whose versions say what it holds.
    #[error("{path} means nothing without {main}: restore or delete a version of that file, and it follows")]
    NotAlone {
        /// The file.
        path: FilePath,
        /// The file it belongs to.
        main: FilePath,
    },
    /// Another file belongs to the version, and its bytes may be gone.
    #[error("the version {version} means nothing without {path} as it was then, which is no longer kept")]
    PartNotKept {
        /// The other file.
        path: FilePath,
        /// The version.
        version: VersionId,
    },
    /// The only version that still has its bytes goes with its file.
    #[error("the last version of a file cannot be deleted; delete the file instead")]
    LastVersion,
    /// What is current cannot be purged.
    #[error("the version {0} is current and cannot be purged")]
    VersionIsCurrent(VersionId),
}
