//! What can happen to a change set.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{AsRefStr, EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::Sha256Digest;
use crate::aggregate::domain_event;
use crate::shared::ids::{DeltaId, ResourceId};

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
}

/// The life of a change set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeSetEvent {
    /// A device pushed a delta file; its edits follow. Pushed again, only edits that are new follow.
    ChangeSetReceived {
        /// The resource it changes.
        resource: ResourceId,
        /// The delta file's own id.
        delta_file: Uuid,
        /// The file as it was pushed.
        digest: Sha256Digest,
        /// Its bytes.
        size: u64,
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
}

impl ChangeSetEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::ChangeSetReceived { .. } | Self::DeltasReceived { .. } => "1.0.0",
        }
    }
}

domain_event!(ChangeSetEvent);
