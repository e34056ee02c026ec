//! Edits that devices push.

mod push_change_set;

pub use push_change_set::{PushChangeSet, PushRefusal, push_change_set};
