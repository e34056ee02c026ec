//! Say that a job's container runs.

use fieldlog_domain::Sha256Digest;
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand};
use fieldlog_domain::{CommandId, JobId};

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Say that a job's container runs.
#[derive(Debug, Clone)]
pub struct StartJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// The container's id.
    pub container: String,
    /// The image's name.
    pub image: String,
    /// The image's digest.
    pub image_digest: String,
    /// The blob that lists the inputs.
    pub inputs: Sha256Digest,
}

/// Say that a job's container runs.
pub async fn start_job(app: &App, viewer: &Viewer, input: StartJob) -> Result<Done<()>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let change = JobCommand::Start {
        attempt: input.attempt,
        container: input.container,
        image: input.image,
        image_digest: input.image_digest,
        inputs: input.inputs,
    };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
