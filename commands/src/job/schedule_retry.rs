//! Try a job again later, or fail it when it was tried often enough.

use fieldlog_domain::job::JobRefusal;
use std::time::Duration;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Try a job again later, or fail it when it was tried often enough.
#[derive(Debug, Clone)]
pub struct ScheduleRetry {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// How long to wait at least.
    pub delay: Duration,
    /// For people.
    pub reason: String,
}

/// Try a job again later, or fail it when it was tried often enough.
pub async fn schedule_retry(app: &App, viewer: &Viewer, input: ScheduleRetry) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
