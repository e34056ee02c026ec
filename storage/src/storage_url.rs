//! Where blobs live, as one line of configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// `file:PATH`, `s3://bucket/prefix` or `memory:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageUrl {
    /// A folder on this machine (or on a shared file system).
    File(PathBuf),
    /// A bucket of an S3 server, and the prefix of every key in it (may be empty).
    S3 {
        /// The bucket's name.
        bucket: String,
        /// What comes before `blobs/…`, without slashes at its ends.
        prefix: String,
    },
    /// The memory of this process: gone when it ends.
    Memory,
}

/// A text that names no storage.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAStorageUrl {
    /// Neither of the three forms.
    #[error("expected file:PATH, s3://bucket/prefix or memory: as storage, found {found:?}")]
    UnknownForm {
        /// The text given.
        found: String,
    },
    /// `file:` alone.
    #[error("expected a path after file:, found nothing")]
    NoPath,
    /// `file://host/…`, which names another machine.
    #[error("expected file:PATH on this machine, found the host {host:?} in {found:?}")]
    ForeignHost {
        /// What stands where a host stands.
        host: String,
        /// The text given.
        found: String,
    },
    /// A bucket name that S3 cannot have.
    #[error("expected a bucket name (letters, digits, '.', '-', '_') after s3://, found {bucket:?}")]
    BadBucket {
        /// What stands where the bucket stands.
        bucket: String,
    },
    /// A prefix that cannot be the start of a key.
    #[error("expected a plain prefix (letters, digits, '.', '-', '_', '/') after the bucket, found {prefix:?}")]
    BadPrefix {
        /// What stands where the prefix stands.
        prefix: String,
    },
}

impl FromStr for StorageUrl {
    type Err = NotAStorageUrl;

    fn from_str(text: &str) -> Result<Self, NotAStorageUrl> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            return s3(rest);
        }
        if let Some(rest) = text.strip_prefix("file:") {
            return file(rest, text);
        }
        Err(NotAStorageUrl::UnknownForm { found: text.into() })
    }
}

fn file(rest: &str, text: &str) -> Result<StorageUrl, NotAStorageUrl> {
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(after) => match after.split_once('/') {
            Some(("" | "localhost", path)) => &after[after.len() - path.len() - 1..],
            host => {
                let host = host.map_or(after, |(host, _)| host).into();
                return Err(NotAStorageUrl::ForeignHost { host, found: text.into() });
            }
        },
    };
    if path.is_empty() {
        return Err(NotAStorageUrl::NoPath);
    }
    Ok(StorageUrl::File(PathBuf::from(path)))
}

fn s3(rest: &str) -> Result<StorageUrl, NotAStorageUrl> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() || !plain(bucket) {
        return Err(NotAStorageUrl::BadBucket { bucket: bucket.into() });
    }
    let prefix = prefix.trim_end_matches('/');
    let segment = |part: &str| !part.is_empty() && part != "." && part != ".." && plain(part);
    if !prefix.is_empty() && !prefix.split('/').all(segment) {
        return Err(NotAStorageUrl::BadPrefix { prefix: prefix.into() });
    }
    Ok(StorageUrl::S3 { bucket: bucket.into(), prefix: prefix.into() })
}

impl fmt::Display for StorageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Memory => f.write_str("memory:"),
        }
    }
}
