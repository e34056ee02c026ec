//! Say that the worker is still at a job.

use fieldlog_domain::job::JobRefusal;
use std::time::Duration;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Say that the worker is still at a job.
#[derive(Debug, Clone)]
pub struct RenewLease {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// How long it has the job from now on.
    pub lease: Duration,
}

/// Say that the worker is still at a job.
pub async fn renew_lease(app: &App, viewer: &Viewer, input: RenewLease) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
