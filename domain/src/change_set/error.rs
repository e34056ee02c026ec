//! Why a change set refuses a command.

use thiserror::Error;

use super::DeltaState;
use crate::shared::ids::DeltaId;

/// Why a change set refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeSetRefusal {
    /// The id belongs to another resource's change set.
    #[error("the delta file belongs to another project")]
    OfAnotherResource,
    /// It has no such edit.
    #[error("the delta file has no edit {0}")]
    NoSuchDelta(DeltaId),
    /// The edit is in the data, or nobody may apply it.
    #[error("the edit {delta} is {} and stays so", .state.as_ref())]
    NotOpen {
        /// The edit.
        delta: DeltaId,
        /// How it is.
        state: DeltaState,
    },
}
