//! Take a job from a worker that was not heard of.

use chrono::{DateTime, Utc};
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand};
use fieldlog_domain::{CommandId, JobId};

use crate::authz::{Action, ServerAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Take a job from a worker that was not heard of.
#[derive(Debug, Clone)]
pub struct ExpireLease {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// The end of the lease that was not renewed for as long as it runs.
    pub lease_until: DateTime<Utc>,
}

/// Take a job from a worker that was not heard of.
pub async fn expire_lease(
    app: &App,
    viewer: &Viewer,
    input: ExpireLease,
) -> Result<Done<()>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let change = JobCommand::ExpireLease { lease_until: input.lease_until };
    let receipt = command.dispatch::<Job>(&streams::job(input.job), change).await?;
    Ok(Done::new((), receipt))
}
