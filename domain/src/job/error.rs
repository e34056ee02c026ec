//! Why a job refuses a command.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::JobState;

/// Why a job refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JobRefusal {
    /// Nobody requested it.
    #[error("there is no such job")]
    NoSuchJob,
    /// It was requested already, for something else.
    #[error("the job was requested already, for something else")]
    AlreadyRequested,
    /// Another worker has it.
    #[error("another worker has the job")]
    NotFree,
    /// It waits for a later attempt.
    #[error("the job waits until {0}")]
    NotYet(DateTime<Utc>),
    /// The lease was lost: what this worker says no longer counts.
    #[error("attempt {found} no longer has the job, which is at attempt {current}")]
    LeaseLost {
        /// The attempt that spoke.
        found: u32,
        /// The attempt that has it.
        current: u32,
    },
    /// The lease still runs.
    #[error("the lease runs until {0}")]
    LeaseRuns(DateTime<Utc>),
    /// Its container does not run yet.
    #[error("the job has not been started yet")]
    NotStarted,
    /// It has not come to its end yet.
    #[error("the job is {} and has not ended yet", .0.as_ref())]
    NotEnded(JobState),
    /// It came to another end.
    #[error("the job is {} already", .0.as_ref())]
    AlreadyEnded(JobState),
}
