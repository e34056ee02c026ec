//! Edits that devices push.

mod decide_deltas;
mod push_change_set;

pub use decide_deltas::{DecideDeltas, Decision, decide_deltas};
pub use push_change_set::{PushChangeSet, PushRefusal, push_change_set};
