//! A change set: one delta file that a device pushed, with the edits in it. An edit that was received is never lost.

mod aggregate;
mod delta_file;
mod events;

pub use aggregate::{ChangeSet, ChangeSetCommand, ChangeSetRefusal, MAX_DELTAS, ReceiveChangeSet};
pub use delta_file::{BadDeltaFile, Delta, DeltaFile};
pub use events::{ChangeSetEvent, DeltaMethod, ReceivedDelta};
