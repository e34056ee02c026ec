//! One piece of work for a QGIS container, from the request to exactly one end.
//!
//! Workers compete for it by appending: whoever's [`JobEvent::JobClaimed`] is first has it, for as long as its lease runs.
//! Everything a worker says carries its attempt, so that one whose lease was lost can no longer change anything.

mod aggregate;
mod commands;
mod error;
mod events;

pub use aggregate::{Job, JobState};
pub use commands::*;
pub use error::JobRefusal;
pub use events::*;
