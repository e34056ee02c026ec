//! What is known of edits.

use chrono::{DateTime, Utc};
use fieldlog_domain::{AccountId, DeltaId, ResourceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{AsRefStr, EnumIter, EnumString};
use uuid::Uuid;

/// How an edit fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeltaStatus {
    /// Waits to be applied.
    Pending,
    /// Who pushed it may not do that; it is kept and not applied.
    Unpermitted,
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
    /// Who pushed it.
    pub added_by: Option<AccountId>,
    /// When.
    pub added_at: DateTime<Utc>,
    /// When its status changed last.
    pub changed_at: DateTime<Utc>,
}

/// Which edits are there, in the order in which they came?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDeltas {
    /// Of this resource.
    pub resource: ResourceId,
    /// From this delta file only.
    pub delta_file: Option<Uuid>,
}
