//! Take a job, as a worker; the value is the attempt.

use fieldlog_domain::job::JobRefusal;
use std::time::Duration;
use fieldlog_domain::{CommandId, JobId, WorkerId};

use crate::{App, CommandError, Done, Viewer};

/// Take a job, as a worker; the value is the attempt.
#[derive(Debug, Clone)]
pub struct ClaimJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// The worker.
    pub worker: WorkerId,
    /// How long it has the job without being heard of.
    pub lease: Duration,
}

/// Take a job, as a worker; the value is the attempt.
pub async fn claim_job(app: &App, viewer: &Viewer, input: ClaimJob) -> Result<Done<u32>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
