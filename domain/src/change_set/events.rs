//! What can happen to a change set.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{AsRefStr, EnumIter, EnumString, IntoStaticStr};
use uuid::Uuid;

use super::{BroughtFile, ChangeSetSource, ColumnMapping, DeltaOrigin, TakenBackDelta};
use crate::Sha256Digest;
use crate::aggregate::domain_event;
use crate::shared::ids::{DeltaId, JobId, ResourceId};

/// What an edit does to its feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeltaMethod {
    /// It is new.
    Create,
    /// It changes.
    Patch,
    /// It goes.
    Delete,
}

/// An edit as it was received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceivedDelta {
    /// Which one.
    pub id: DeltaId,
    /// What it does.
    pub method: DeltaMethod,
    /// Whether who pushed it may do that; an edit that is not permitted is kept and not applied.
    pub is_permitted: bool,
    /// The whole edit as the device wrote it (QFieldCloud reference, section 9.1).
    pub content: Value,
    /// What it is there for, when no device made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<DeltaOrigin>,
}

/// How the attempt to apply an edit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeltaVerdict {
    /// It is in the data.
    Applied,
    /// The feature has other values than the device saw, and the project does not let the edit win.
    Conflict,
    /// It cannot be applied: its layer, its feature or a value of it does not fit.
    NotApplied,
    /// Nobody knows why it was not applied, or the job that should apply it failed.
    Error,
}

impl DeltaVerdict {
    /// Whether the edit is in the data.
    pub fn is_applied(self) -> bool {
        self == Self::Applied
    }
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeltaOutcome {
    /// Which edit.
    pub id: DeltaId,
    /// How it ended.
    pub verdict: DeltaVerdict,
    /// The key of its feature in the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_pk: Option<String>,
    /// What QGIS says (QFieldCloud reference, section 9.5), without the values before and after.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub feedback: Value,
    /// The feature's attributes and geometry before, as far as the edit is about them; null when there was no feature.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The same after it; null when there is no feature.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
}

/// What is stored in place of an edit that was in conflict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replacement {
    /// Which edit.
    pub id: DeltaId,
    /// Values of its feature.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// Where its feature is, as WKT; without it, the feature stays where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<String>,
}

/// The life of a change set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeSetEvent {
    /// A device pushed a delta file, or Fieldlog made one; its edits follow. Pushed again, only edits that are new follow.
    ChangeSetReceived {
        /// The resource it changes.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The file as it was pushed.
        digest: Sha256Digest,
        /// Its bytes.
        size: u64,
        /// Where it comes from.
        #[serde(default, skip_serializing_if = "ChangeSetSource::is_pushed")]
        source: ChangeSetSource,
    },
    /// Edits of the file, in its order. A large file's edits come in several events of one append.
    DeltasReceived {
        /// The resource they change.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The edits.
        deltas: Vec<ReceivedDelta>,
    },
    /// A job tried to apply edits of the file. Many come in several events of one append.
    DeltasSettled {
        /// The resource they change.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The job.
        job: JobId,
        /// What came of each.
        outcomes: Vec<DeltaOutcome>,
    },
    /// Somebody wants edits that are not in the data to be tried again.
    DeltasReopened {
        /// The resource they change.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// Which edits.
        deltas: Vec<DeltaId>,
        /// Whether they win over what others changed meanwhile, whatever the project says.
        overwrites_conflicts: bool,
        /// Where values belong that found no column. It holds for later edits of the layer too.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<ColumnMapping>,
    },
    /// Somebody decided that edits are not to be applied.
    DeltasIgnored {
        /// The resource they would change.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// Which edits.
        deltas: Vec<DeltaId>,
    },
    /// Somebody had edits undone that are in the data: another change set undoes them. Many come in several events of one append.
    DeltasUndone {
        /// The resource they changed.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The delta file of the change set that undoes them.
        by: Uuid,
        /// Which edits.
        deltas: Vec<DeltaId>,
    },
    /// Somebody decided what is stored in place of edits that were in conflict: another change set stores it. Many come in several
    /// events of one append.
    DeltasReplaced {
        /// The resource they would change.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The delta file of the change set that stores it.
        by: Uuid,
        /// What is stored in place of each.
        replacements: Vec<Replacement>,
    },
    /// A job looked at what somebody brought, and found that edits are no longer in the data. Many come in several events of one append.
    DeltasTakenBack {
        /// The resource they changed.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The job.
        job: JobId,
        /// What somebody brought.
        brought: BroughtFile,
        /// Which edits, and how that shows.
        deltas: Vec<TakenBackDelta>,
    },
    /// A job found edits in the data again that had been taken back: somebody brought them. Many come in several events of one append.
    DeltasFoundAgain {
        /// The resource they change.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The job.
        job: JobId,
        /// Which edits.
        deltas: Vec<DeltaId>,
    },
}

impl ChangeSetEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::ChangeSetReceived { .. }
            | Self::DeltasReceived { .. }
            | Self::DeltasSettled { .. }
            | Self::DeltasReopened { .. }
            | Self::DeltasIgnored { .. }
            | Self::DeltasUndone { .. }
            | Self::DeltasReplaced { .. }
            | Self::DeltasTakenBack { .. }
            | Self::DeltasFoundAgain { .. } => "1.0.0",
        }
    }
}

domain_event!(ChangeSetEvent);
