//! Say that a job cannot be done.

use fieldlog_domain::job::JobError;
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::RunRecord;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Say that a job cannot be done.
#[derive(Debug, Clone)]
pub struct FailJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// Why.
    pub error: JobError,
    /// What is left of the run.
    pub run: RunRecord,
}

/// Say that a job cannot be done.
pub async fn fail_job(app: &App, viewer: &Viewer, input: FailJob) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
