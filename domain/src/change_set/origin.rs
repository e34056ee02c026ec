//! Where edits come from that no device made.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::shared::ids::DeltaId;

/// Where a change set comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChangeSetSource {
    /// A device pushed it.
    #[default]
    Pushed,
    /// Somebody had edits undone that came with another one.
    Undo {
        /// The delta file of the other one.
        delta_file: Uuid,
    },
    /// Somebody decided what is stored in place of edits that came with another one.
    Replacement {
        /// The delta file of the other one.
        delta_file: Uuid,
    },
}

impl ChangeSetSource {
    pub(super) fn is_pushed(&self) -> bool {
        *self == Self::Pushed
    }
}

/// What an edit is there for that no device made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeltaOrigin {
    /// It undoes another edit.
    Undoes {
        /// The other one.
        delta: DeltaId,
    },
    /// It is stored in place of another edit, which was in conflict.
    Replaces {
        /// The other one.
        delta: DeltaId,
    },
}
