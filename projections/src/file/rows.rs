//! What is known of files.

use chrono::{DateTime, Utc};
use fieldlog_domain::file::VersionSource;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, FileId, Md5Digest, ResourceId, Sha256Digest, VersionId};
use fieldlog_eventlog::Position;

/// A path that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Which one.
    pub id: FileId,
    /// Of which resource.
    pub resource: ResourceId,
    /// As it was written last.
    pub path: FilePath,
    /// What it holds.
    pub current: VersionRow,
    /// Versions that are not deleted.
    pub version_count: u64,
}

/// One version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Which one.
    pub id: VersionId,
    /// Of which file.
    pub file: FileId,
    /// Of which resource.
    pub resource: ResourceId,
    /// The path of its file.
    pub path: FilePath,
    /// 1, 2, 3… in its file; deleted versions keep theirs.
    pub number: u64,
    /// Its bytes.
    pub digest: Sha256Digest,
    /// MD5 of its bytes, where storage knew it.
    pub md5: Option<Md5Digest>,
    /// The S3 multipart ETag of its bytes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// Where its bytes came from.
    pub source: VersionSource,
    /// The version whose bytes it got, when it was restored.
    pub restored: Option<VersionId>,
    /// Who put it there; none when a program did.
    pub added_by: Option<AccountId>,
    /// When.
    pub added_at: DateTime<Utc>,
    /// Whether it is gone from the lists.
    pub is_deleted: bool,
    /// Whether its bytes may be gone.
    pub is_purged: bool,
    /// Whether its path holds it.
    pub is_current: bool,
    /// The event that put it there.
    pub position: Position,
}
