//! Why a change set refuses a command.

use thiserror::Error;
use uuid::Uuid;

use super::{BadColumnMapping, DeltaState};
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
    /// Only edits that are in the data can be undone.
    #[error("expected edits that are in the data, found none")]
    NothingToUndo,
    /// All of them are undone.
    #[error("the edits are undone already, by the delta file {by}")]
    AlreadyUndone {
        /// The delta file that undoes them, or the first of them.
        by: Uuid,
    },
    /// Nobody can tell how the feature was.
    #[error("the edit {delta} cannot be undone: the log does not tell {missing}")]
    CannotBeUndone {
        /// The edit.
        delta: DeltaId,
        /// What would have to be known.
        missing: &'static str,
    },
    /// There is nothing to decide about.
    #[error("expected an edit in conflict; {delta} is {}", .state.as_ref())]
    NotInConflict {
        /// The edit.
        delta: DeltaId,
        /// How it is.
        state: DeltaState,
    },
    /// Values cannot be put into other columns like this.
    #[error(transparent)]
    BadColumnMapping(#[from] BadColumnMapping),
    /// There is nothing to store in place of the edit.
    #[error("expected attributes or a geometry for the edit {0}, found neither")]
    NothingToStore(DeltaId),
    /// What the project has in a field is not known, so nobody can decide what it is to have.
    #[error("expected fields that the conflict shows ({}), found {found:?}", .known.join(", "))]
    UnknownField {
        /// The field.
        found: String,
        /// The fields of which the value is known.
        known: Vec<String>,
    },
}
