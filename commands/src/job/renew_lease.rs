//! Say that the worker is still at a job.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand};
use fieldlog_domain::{CommandId, JobId};
use std::time::Duration;

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

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
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let change = JobCommand::RenewLease { attempt: input.attempt, lease_until: app.now() + input.lease };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
