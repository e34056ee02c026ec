//! What is known of resources.

use chrono::{DateTime, Utc};
use fieldlog_domain::resource::{
    Extent, ProjectSettings, RejectionReason, ResourceKind, RevisionState, Thumbnail, Visibility,
};
use fieldlog_domain::shared::{FilePath, ResourceName};
use fieldlog_domain::{AccountId, ResourceId, RevisionId, Sha256Digest, VersionId};

/// A project, dataset, map, document or geoapp.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceRow {
    /// Which one.
    pub id: ResourceId,
    /// What it is.
    pub kind: ResourceKind,
    /// Whose it is.
    pub owner: AccountId,
    /// Unique under its owner.
    pub name: ResourceName,
    /// For people.
    pub description: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// When it came to be.
    pub registered_at: DateTime<Utc>,
    /// When it or one of its files changed last.
    pub changed_at: DateTime<Utc>,
    /// Whether it is gone from all lists.
    pub is_retired: bool,
    /// Its QGIS project file.
    pub project_file: Option<FilePath>,
    /// What readers see.
    pub ready: Option<RevisionId>,
    /// What was put forward last, whatever became of it.
    pub latest: Option<RevisionId>,
    /// Where on earth it is.
    pub extent: Option<Extent>,
    /// Its picture.
    pub thumbnail: Option<Thumbnail>,
    /// Files it holds now.
    pub file_count: u64,
    /// Bytes of the files it holds now, without their earlier versions.
    pub total_bytes: u64,
    /// Bytes of its files with all versions that are not deleted.
    pub kept_bytes: u64,
    /// When one of its files changed last.
    pub data_changed_at: Option<DateTime<Utc>>,
    /// The same of its QGIS project file and what belongs to it.
    pub restricted_data_changed_at: Option<DateTime<Utc>>,
    /// What its managers decided; the default for what is no project.
    pub settings: ProjectSettings,
}

/// One state of a resource's project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRow {
    /// Which one.
    pub id: RevisionId,
    /// Of which resource.
    pub resource: ResourceId,
    /// Where it is on its way.
    pub state: RevisionState,
    /// The QGIS project file.
    pub project_file: FilePath,
    /// Its version.
    pub version: VersionId,
    /// Its bytes.
    pub digest: Sha256Digest,
    /// When it was put forward.
    pub staged_at: DateTime<Utc>,
    /// When it became ready, rejected or superseded.
    pub settled_at: Option<DateTime<Utc>>,
    /// Why it was rejected.
    pub reason: Option<RejectionReason>,
}
