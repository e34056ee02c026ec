//! Stop a job that nobody wants any more.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand};
use fieldlog_domain::{CommandId, JobId};

use crate::authz::{Action, Denied, ResourceAction};
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

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
    let resource = resource_of(app, input.job).await?;
    let granted =
        app.authorise(viewer, Action::Resource(ResourceAction::CancelJob, resource)).map_err(
            |denied| match denied {
                Denied::Hidden(_) => Denied::Hidden("job"),
                other => other,
            },
        )?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let receipt = command.dispatch::<Job>(&streams::job(input.job), JobCommand::Cancel).await?;
    Ok(Done::new((), receipt))
}
