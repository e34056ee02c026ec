//! Take a job from a worker that was not heard of.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Take a job from a worker that was not heard of.
#[derive(Debug, Clone)]
pub struct ExpireLease {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
}

/// Take a job from a worker that was not heard of.
pub async fn expire_lease(app: &App, viewer: &Viewer, input: ExpireLease) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
