//! What is known of edits.

use chrono::{DateTime, Utc};
use fieldlog_domain::change_set::DeltaVerdict;
use fieldlog_domain::{AccountId, DeltaId, JobId, ResourceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{AsRefStr, EnumIter, EnumString};
use uuid::Uuid;

use super::TakenBack;

/// How an edit fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeltaStatus {
    /// Waits to be applied.
    Pending,
    /// A job is at it.
    Started,
    /// It is in the data.
    Applied,
    /// It was in the data until somebody brought a state of a file without it.
    TakenBack,
    /// The feature has other values than the device saw, and the project does not let the edit win.
    Conflict,
    /// It cannot be applied.
    NotApplied,
    /// Nobody knows why it was not applied, or the job that should apply it failed.
    Error,
    /// Somebody decided that it is not to be applied.
    Ignored,
    /// Somebody decided what is stored in its place: another edit stores that.
    Replaced,
    /// Who pushed it may not do that; it is kept and not applied.
    Unpermitted,
}

impl From<DeltaVerdict> for DeltaStatus {
    fn from(verdict: DeltaVerdict) -> Self {
        match verdict {
            DeltaVerdict::Applied => Self::Applied,
            DeltaVerdict::Conflict => Self::Conflict,
            DeltaVerdict::NotApplied => Self::NotApplied,
            DeltaVerdict::Error => Self::Error,
        }
    }
}

/// One edit of one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaRow {
    /// Which one.
    pub id: DeltaId,
    /// Of which resource.
    pub resource: ResourceId,
    /// The delta file it came with.
    pub delta_file: Uuid,
    /// How it fares.
    pub status: DeltaStatus,
    /// What there is to say about that.
    pub feedback: Option<Value>,
    /// The edit as the device wrote it.
    pub content: Value,
    /// The key of its feature in the data, once it was applied.
    pub modified_pk: Option<String>,
    /// The job that tried to apply it last.
    pub job: Option<JobId>,
    /// The feature's attributes and geometry before it was applied, as far as the edit is about them.
    pub before: Option<Value>,
    /// The same afterwards.
    pub after: Option<Value>,
    /// The edit that it undoes.
    pub undoes: Option<DeltaId>,
    /// The edit that undoes it.
    pub undone_by: Option<DeltaId>,
    /// The edit in whose place it is stored.
    pub replaces: Option<DeltaId>,
    /// The edit that is stored in its place.
    pub replaced_by: Option<DeltaId>,
    /// What somebody brought without it, when it was taken back and not applied since.
    pub taken_back: Option<TakenBack>,
    /// Who pushed it.
    pub added_by: Option<AccountId>,
    /// When.
    pub added_at: DateTime<Utc>,
    /// When its status changed last.
    pub changed_at: DateTime<Utc>,
}

/// An edit that waits to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingDelta {
    /// Which one.
    pub id: DeltaId,
    /// The edit as the device wrote it.
    pub content: Value,
    /// What becomes of it where others changed the feature meanwhile.
    pub if_changed: IfChanged,
}

/// What becomes of an edit where others changed the feature meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfChanged {
    /// What the project says.
    AsTheProjectSays,
    /// It is applied: somebody decided so.
    Overwrite,
    /// It is not applied: no device made it, and it is about what was there.
    Stop,
}

/// Which edits are there, in the order in which they came?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDeltas {
    /// Of this resource.
    pub resource: ResourceId,
    /// From this delta file only.
    pub delta_file: Option<Uuid>,
}
