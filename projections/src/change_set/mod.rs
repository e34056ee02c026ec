//! Edits that devices pushed, and how they fare.

mod columns;
mod keys;
mod pending;
mod projector;
mod queries;
mod rows;
mod taken_back;

pub use columns::MappedColumn;
pub use keys::{
    Belief, DeletedFeature, Doubt, EditOfFeature, FeatureKeys, FileChange, KnownFeature, Loss, MadeValues, Written,
};
pub use projector::ChangeSetProjector;
pub(crate) use projector::KEYS;
pub use rows::{DeltaRow, DeltaStatus, IfChanged, ListDeltas, PendingDelta};
pub use taken_back::{AppliedEdit, StoredEdit, TakenBack};
