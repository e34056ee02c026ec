//! Edits that devices push, and what people decide about them.

mod answer;
mod apply_taken_back;
mod decide_deltas;
mod editable;
mod grouped;
mod push_change_set;
mod resolve_conflicts;
mod undo_change_set;

pub use answer::DecisionRefusal;
pub(crate) use answer::append_answer;
pub use apply_taken_back::{ApplyTakenBack, apply_taken_back};
pub use decide_deltas::{DecideDeltas, Decision, decide_deltas};
pub use editable::NotEditable;
pub use push_change_set::{PushChangeSet, PushRefusal, push_change_set};
pub use resolve_conflicts::{ResolveConflicts, resolve_conflicts};
pub use undo_change_set::{UndoChangeSet, undo_change_set};
