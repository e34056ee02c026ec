//! Edits that devices pushed, and how they fare.

mod pending;
mod projector;
mod queries;
mod rows;
mod taken_back;

pub use projector::ChangeSetProjector;
pub(crate) use projector::KEYS;
pub use rows::{DeltaRow, DeltaStatus, IfChanged, KnownFeature, ListDeltas, PendingDelta};
pub use taken_back::{AppliedEdit, StoredEdit, TakenBack};
