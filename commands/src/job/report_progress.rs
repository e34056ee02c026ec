//! Say how far a job's container is.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand};
use fieldlog_domain::{CommandId, JobId};

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Say how far a job's container is.
#[derive(Debug, Clone)]
pub struct ReportProgress {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// The name of the step that the container is at.
    pub step: String,
    /// How much of the step is done, from 0 to 100; none when nobody knows.
    pub percent: Option<u8>,
}

/// Say how far a job's container is. What is no news changes nothing.
pub async fn report_progress(
    app: &App,
    viewer: &Viewer,
    input: ReportProgress,
) -> Result<Done<()>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let change = JobCommand::ReportProgress { attempt: input.attempt, step: input.step, percent: input.percent };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
