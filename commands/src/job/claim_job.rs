//! Take a job, as a worker; the value is the attempt.

use fieldlog_domain::Event;
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::job::{Job, JobCommand, JobEvent};
use fieldlog_domain::{CommandId, JobId, WorkerId};
use std::time::Duration;

use crate::authz::{Action, ServerAction};
use crate::dispatch::read;
use crate::job::resource_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Take a job, as a worker; the value is the attempt.
#[derive(Debug, Clone)]
pub struct ClaimJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// The worker.
    pub worker: WorkerId,
    /// How long it has the job without being heard of.
    pub lease: Duration,
}

/// Take a job, as a worker; the value is the attempt.
pub async fn claim_job(app: &App, viewer: &Viewer, input: ClaimJob) -> Result<Done<u32>, CommandError<JobRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    let resource = resource_of(app, input.job).await?;
    let command = app.command(granted, viewer, input.command_id).about(resource);
    let (now, stream) = (app.now(), streams::job(input.job));
    let claim = JobCommand::Claim { worker: input.worker, now, lease_until: now + input.lease };
    let receipt = command.dispatch::<Job>(&stream, claim).await?;
    // The attempt of this very claim, whatever happened to the job since: it is what the worker's words are judged by.
    let claimed = match receipt {
        Some(receipt) => app.log().read_stream(&stream, receipt.sequence - 1, 1).await?.pop(),
        None => None,
    };
    match claimed.as_ref().map(read).transpose()? {
        Some(Event::Job(JobEvent::JobClaimed { attempt, .. })) => Ok(Done::new(attempt, receipt)),
        found => Err(CommandError::Damaged(format!("expected a claim at the end of {stream}, found {found:?}"))),
    }
}
