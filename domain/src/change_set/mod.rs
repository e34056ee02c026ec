//! A change set: one delta file that a device pushed, with the edits in it. An edit that was received is never lost.

mod aggregate;
mod commands;
mod delta_file;
mod error;
mod events;
mod parts;

pub use aggregate::{ChangeSet, DeltaState};
pub use commands::{ChangeSetCommand, ReceiveChangeSet, ReopenDeltas, SettleDeltas};
pub use delta_file::{BadDeltaFile, Delta, DeltaFile};
pub use error::ChangeSetRefusal;
pub use events::{ChangeSetEvent, DeltaMethod, DeltaOutcome, DeltaVerdict, ReceivedDelta};
pub use parts::MAX_DELTAS;
