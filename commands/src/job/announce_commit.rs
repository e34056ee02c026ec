//! Say that a job's container is about to commit edits in a database.

use fieldlog_domain::job::{DatabaseCommit, Job, JobCommand, JobRefusal};
use fieldlog_domain::{CommandId, JobId};

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Say that a job's container is about to commit edits in a database.
#[derive(Debug, Clone)]
pub struct AnnounceCommit {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// What it is about to commit.
    pub commit: DatabaseCommit,
}

/// Say that a job's container is about to commit edits in a database. Refused when somebody else has the job: then it must not.
pub async fn announce_commit(
    app: &App,
    viewer: &Viewer,
    input: AnnounceCommit,
) -> Result<Done<()>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let change = JobCommand::AnnounceCommit { attempt: input.attempt, commit: input.commit };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
