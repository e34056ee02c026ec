//! Try a job again later, or fail it when it was tried often enough.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand, LONGEST_RETRY_DELAY};
use fieldlog_domain::{CommandId, JobId};
use std::time::Duration;

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Try a job again later, or fail it when it was tried often enough.
#[derive(Debug, Clone)]
pub struct ScheduleRetry {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// How long to wait at least, up to [`LONGEST_RETRY_DELAY`].
    pub delay: Duration,
    /// For people.
    pub reason: String,
}

/// Try a job again later, or fail it when it was tried often enough.
pub async fn schedule_retry(
    app: &App,
    viewer: &Viewer,
    input: ScheduleRetry,
) -> Result<Done<()>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let not_before = app.now() + input.delay.min(LONGEST_RETRY_DELAY);
    let change = JobCommand::ScheduleRetry { attempt: input.attempt, not_before, reason: input.reason };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
