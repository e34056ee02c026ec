//! Answers from one model. The questions are in the folder of what they are about.

use std::fmt;

use fieldlog_eventlog::Position;

use crate::error::ReadError;

/// Answers from a read model: the live one, or one of an earlier moment. Cheap to clone.
///
/// Its methods run on the calling thread and take microseconds, unless they say otherwise.
#[derive(Clone)]
pub struct View {}

impl View {
    /// The last event this answers from. A live view's moves on.
    pub fn position(&self) -> Result<Position, ReadError> {
        todo!()
    }

    /// This view, standing still: all its answers are of the same moment.
    pub fn pinned(&self) -> Result<View, ReadError> {
        todo!()
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}
