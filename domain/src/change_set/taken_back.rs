//! Edits that were in the data until somebody brought a state of a file without them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::shared::FilePath;
use crate::shared::ids::{AccountId, DeltaId, VersionId};

/// An edit that is no longer in the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBackDelta {
    /// Which one.
    pub id: DeltaId,
    /// How that shows, for people.
    pub why: String,
}

/// The state of a file that somebody brought: they uploaded it, restored it, or deleted the version after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroughtFile {
    /// The file.
    pub path: FilePath,
    /// The version that it holds since; none when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionId>,
    /// Who brought it; none when that was nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
    /// When.
    pub at: DateTime<Utc>,
}
