//! What workers ask.

use chrono::{DateTime, Utc};
use fieldlog_domain::WorkerId;

use super::JobRow;
use crate::error::ReadError;
use crate::view::View;

impl View {
    /// At most `limit` jobs that a worker may claim at `now`, oldest first.
    pub fn claimable_jobs(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<JobRow>, ReadError> {
        todo!("{now} {limit}")
    }

    /// The jobs that a worker has, or that any worker has, oldest first.
    pub fn leased_jobs(&self, worker: Option<WorkerId>) -> Result<Vec<JobRow>, ReadError> {
        todo!("{worker:?}")
    }

    /// When to look again: the earliest end of a lease, also one before `now`, or of a wait that is not over at `now`.
    pub fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, ReadError> {
        todo!("{now}")
    }
}
