//! Say that a job is done.

use fieldlog_domain::job::{Job, JobCommand, JobOutput, JobRefusal, RemovedInput, RunRecord};
use fieldlog_domain::{CommandId, JobId};

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

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
    /// What it was given that is gone.
    pub removed: Vec<RemovedInput>,
    /// What is left of the run.
    pub run: RunRecord,
}

/// Say that a job is done.
pub async fn finish_job(app: &App, viewer: &Viewer, input: FinishJob) -> Result<Done<()>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let FinishJob { attempt, outputs, removed, run, .. } = input;
    let change = JobCommand::Finish { attempt, outputs, removed, run };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
