//! Work for QGIS: asked for by people, done by workers.

mod announce_commit;
mod cancel_job;
mod claim_job;
mod expire_lease;
mod fail_job;
mod finish_job;
mod inputs;
pub mod packaging;
mod refusals;
mod renew_lease;
mod report_progress;
mod request_apply;
mod request_job;
mod request_package;
mod request_processing;
mod schedule_retry;
mod start_job;
pub(crate) mod subject;

use fieldlog_domain::job::JobEvent;
use fieldlog_domain::{Event, JobId, ResourceId, StreamId};
use fieldlog_eventlog::LogError;

use crate::dispatch::read;
use crate::{App, CommandError, streams};

pub use announce_commit::{AnnounceCommit, announce_commit};
pub use cancel_job::{CancelJob, cancel_job};
pub use claim_job::{ClaimJob, claim_job};
pub use expire_lease::{ExpireLease, expire_lease};
pub use fail_job::{FailJob, fail_job};
pub use finish_job::{FinishJob, finish_job};
pub use inputs::{InputFile, JobInputs};
pub use refusals::RequestJobRefusal;
pub use renew_lease::{RenewLease, renew_lease};
pub use report_progress::{ReportProgress, report_progress};
use request_apply::request_apply;
pub(crate) use request_job::request;
pub use request_job::{RequestJob, RequestedJob, request_job};
use request_package::request_package;
use request_processing::request_processing;
pub use schedule_retry::{ScheduleRetry, schedule_retry};
pub use start_job::{StartJob, start_job};

/// The resource that a job is about, whether the read model knows the job yet or not.
async fn resource_of<R>(app: &App, job: JobId) -> Result<ResourceId, CommandError<R>> {
    if let Some(row) = app.view().job(job)? {
        return Ok(row.resource);
    }
    match first_of(app, &streams::job(job)).await? {
        Some(JobEvent::JobRequested { resource, .. }) => Ok(resource),
        _ => Err(CommandError::NotFound("job")),
    }
}

/// The event with which a job began.
pub(crate) async fn first_of(app: &App, stream: &StreamId) -> Result<Option<JobEvent>, LogError> {
    let first = app.log().read_stream(stream, 0, 1).await?.pop();
    Ok(match first.as_ref().map(read).transpose()? {
        Some(Event::Job(event)) => Some(event),
        _ => None,
    })
}
