//! Say that a job is done.

use fieldlog_domain::job::JobOutput;
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::RunRecord;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Say that a job is done.
#[derive(Debug, Clone)]
pub struct FinishJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// What it made.
    pub outputs: Vec<JobOutput>,
    /// What is left of the run.
    pub run: RunRecord,
}

/// Say that a job is done.
pub async fn finish_job(app: &App, viewer: &Viewer, input: FinishJob) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
