//! Why use cases about files are refused, beyond the file's own rules.

use fieldlog_domain::file::FileRefusal;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_storage::DigestKind;
use thiserror::Error;

use crate::plan::UnknownPlan;

/// Why a file was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileChangeRefusal {
    /// Only managers may change the QGIS project file here, and what belongs to it.
    #[error("only managers may change this file: the project restricts its QGIS project file and what belongs to it")]
    Restricted,
    /// A rule of the resource.
    #[error(transparent)]
    Resource(#[from] ResourceRefusal),
    /// A rule of the file.
    #[error(transparent)]
    File(#[from] FileRefusal),
}

/// Why an upload was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UploadRefusal {
    /// Only managers may change the QGIS project file here, and what belongs to it.
    #[error("only managers may change this file: the project restricts its QGIS project file and what belongs to it")]
    Restricted,
    /// A rule of the resource.
    #[error(transparent)]
    Resource(#[from] ResourceRefusal),
    /// A rule of the file.
    #[error(transparent)]
    File(#[from] FileRefusal),
    /// It is no QGIS project file, whatever its name says.
    #[error(
        "expected a QGIS project file: XML with a root element qgis that names a version, or a zip with such a .qgs file"
    )]
    NotReadable,
    /// The owner of the project has no more room.
    #[error("the owner's files may have {quota} bytes and have {used}; {size} more are too many")]
    OverQuota {
        /// The most that all versions of all files of the owner may have.
        quota: u64,
        /// What they have.
        used: u64,
        /// What came.
        size: u64,
    },
    /// How much room the owner of the project has is not known.
    #[error(transparent)]
    UnknownPlan(#[from] UnknownPlan),
    /// More bytes than a file may have here.
    #[error("a file has at most {limit} bytes, found more")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The bytes are not those the sender announced.
    #[error("expected content with the {kind} digest {expected}, found {found}")]
    DigestMismatch {
        /// Which digest.
        kind: DigestKind,
        /// What the sender announced.
        expected: String,
        /// What arrived.
        found: String,
    },
    /// Fewer or more bytes than the sender announced.
    #[error("expected {expected} bytes, found {found}")]
    SizeMismatch {
        /// What the sender announced.
        expected: u64,
        /// What arrived.
        found: u64,
    },
    /// The sender or the connection went away.
    #[error("the upload broke off after {received} bytes")]
    BodyBrokeOff {
        /// How much had arrived.
        received: u64,
    },
    /// Storage is full; the same upload works once there is room.
    #[error("there is no space left on the server")]
    NoSpace,
}
