//! Stop a job that nobody wants any more.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Stop a job that nobody wants any more.
#[derive(Debug, Clone)]
pub struct CancelJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
}

/// Stop a job that nobody wants any more.
pub async fn cancel_job(app: &App, viewer: &Viewer, input: CancelJob) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
