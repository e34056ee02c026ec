//! What can go wrong with a blob, told apart by what the caller can do about it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::ops::Range;

use fieldlog_domain::Sha256Digest;
use thiserror::Error;

/// A cause that only people read.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why storage could not do what was asked.
#[derive(Debug, Error)]
pub enum StorageError {
    /// There is no such blob.
    #[error("no blob {digest} in storage")]
    NotFound {
        /// Its digest.
        digest: Sha256Digest,
    },
    /// A range that begins at or after the blob's end, or ends before it begins.
    #[error("range {}-{} is not within the {size} bytes of the blob", requested.start, requested.end)]
    BadRange {
        /// The range asked for.
        requested: Range<u64>,
        /// The blob's size.
        size: u64,
    },
    /// A blob larger than the caller was ready to hold in memory.
    #[error("expected at most {limit} bytes in blob {digest}, found {size}")]
    TooLargeToHold {
        /// Its digest.
        digest: Sha256Digest,
        /// What the caller allowed.
        limit: u64,
        /// The blob's size.
        size: u64,
    },
    /// The bytes under a digest are not what the digest says.
    #[error("blob {expected} is damaged: its {size} bytes have the digest {found}")]
    Damaged {
        /// The name of the blob.
        expected: Sha256Digest,
        /// What its bytes add up to.
        found: Sha256Digest,
        /// How many there are.
        size: u64,
    },
    /// The disk or the quota is full; the same request works once there is room.
    #[error("no space left while {doing}")]
    NoSpace {
        /// What was being done.
        doing: String,
        /// The system's words.
        #[source]
        source: BoxError,
    },
    /// Storage did not answer, or not in time; trying again later may help.
    #[error("storage is unavailable: {doing} failed")]
    Unavailable {
        /// What was being done.
        doing: String,
        /// What was seen.
        #[source]
        source: BoxError,
    },
    /// Storage answered and said no (wrong keys, missing bucket, missing rights): somebody has to change the configuration.
    #[error("storage refused: {doing} failed")]
    Refused {
        /// What was being done.
        doing: String,
        /// Its words.
        #[source]
        source: BoxError,
    },
}

/// Which digest or size a client may announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestKind {
    /// SHA-256.
    Sha256,
    /// MD5.
    Md5,
}

impl fmt::Display for DigestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        })
    }
}

/// Why a body did not become a blob. Whatever the reason, nothing of it is left.
#[derive(Debug, Error)]
pub enum PutError {
    /// The body is longer than allowed; the rest was not read.
    #[error("expected at most {limit} bytes, found more")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The body is not what its sender said it would be.
    #[error("expected content with the {kind} digest {expected}, found {found}")]
    DigestMismatch {
        /// Which digest.
        kind: DigestKind,
        /// What the sender said, in hexadecimal digits.
        expected: String,
        /// What arrived, in hexadecimal digits.
        found: String,
    },
    /// The body is shorter or longer than its sender said; if longer, `found` counts to where reading stopped.
    #[error("expected {expected} bytes, found {found}")]
    SizeMismatch {
        /// What the sender said.
        expected: u64,
        /// What arrived.
        found: u64,
    },
    /// The body ended with an error: the sender or the connection went away.
    #[error("the body broke off after {received} bytes")]
    BodyBrokeOff {
        /// How much had arrived.
        received: u64,
        /// What the body said.
        #[source]
        source: BoxError,
    },
    /// Not the body's fault.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl StorageError {
    /// Whether the same request may succeed later without anyone changing it.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::NoSpace { .. })
    }

    /// Sorts an error of the file system.
    pub(crate) fn io(doing: impl Into<String>, source: io::Error) -> Self {
        let doing = doing.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { doing, source: source.into() },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Refused { doing, source: source.into() }
            }
            _ => Self::Unavailable { doing, source: source.into() },
        }
    }

    /// Sorts an error of `object_store`, which tells a few kinds apart and leaves the rest to its text.
    pub(crate) fn store(doing: impl Into<String>, source: object_store::Error) -> Self {
        use object_store::Error as E;
        let doing = doing.into();
        let refused = match &source {
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
                if source.to_string().contains("QuotaExceeded") {
                    return Self::NoSpace { doing, source: source.into() };
                }
                true
            }
            // What is not found while writing is the bucket, or else the store is confused and may be asked again.
            E::NotFound { .. } => source.to_string().contains("NoSuchBucket"),
            E::NotSupported { .. } | E::NotImplemented { .. } | E::InvalidPath { .. } => true,
            E::UnknownConfigurationKey { .. } => true,
            E::Generic { .. } => {
                if let Some(full) = io_kind(&source)
                    && matches!(full, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
                {
                    return Self::NoSpace { doing, source: source.into() };
                }
                let text = source.to_string();
                if text.contains("status code: 507") {
                    return Self::NoSpace { doing, source: source.into() };
                }
                // 408 and 429 ask to come back later; every other 4xx stays wrong however often it is sent.
                text.contains("status code: 4")
                    && !text.contains("status code: 408")
                    && !text.contains("status code: 429")
            }
            _ => false,
        };
        match refused {
            true => Self::Refused { doing, source: source.into() },
            false => Self::Unavailable { doing, source: source.into() },
        }
    }
}

impl PutError {
    /// Whether the same put may succeed later without anyone changing it.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Storage(error) => error.is_retryable(),
            Self::BodyBrokeOff { .. } => true,
            Self::TooLarge { .. } | Self::DigestMismatch { .. } | Self::SizeMismatch { .. } => false,
        }
    }
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    while let Some(this) = cause {
        if let Some(io) = this.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = this.source();
    }
    None
}
