//! Edits that devices pushed, and how they fare.

mod pending;
mod projector;
mod queries;
mod rows;

pub use projector::ChangeSetProjector;
pub(crate) use projector::KEYS;
pub use rows::{DeltaRow, DeltaStatus, IfChanged, KnownFeature, ListDeltas, PendingDelta};
