//! A change set: one delta file with the edits in it, that a device pushed, or that Fieldlog made to undo edits of another one or to
//! replace them. An edit that was received is never lost.

mod aggregate;
mod answer;
mod column_mapping;
mod commands;
mod delta_file;
mod error;
mod events;
mod inverse;
mod origin;
mod parts;
mod replacement;
mod state;
mod taken_back;

pub use aggregate::{ChangeSet, DeltaState};
pub use answer::{Answer, ChangeSetRecord};
pub use column_mapping::{BadColumnMapping, ColumnMapping};
pub use commands::{
    ChangeSetCommand, ReceiveChangeSet, ReopenDeltas, Resolution, ResolveConflicts, SettleDeltas, TakeBackDeltas,
    UndoDeltas,
};
pub use delta_file::{BadDeltaFile, Delta, DeltaFile};
pub use error::ChangeSetRefusal;
pub use events::{ChangeSetEvent, DeltaMethod, DeltaOutcome, DeltaVerdict, ReceivedDelta, Replacement};
pub use origin::{ChangeSetSource, DeltaOrigin};
pub use parts::MAX_DELTAS;
pub use taken_back::{BroughtFile, TakenBackDelta};
