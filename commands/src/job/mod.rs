//! Work for QGIS: asked for by people, done by workers.

mod cancel_job;
mod claim_job;
mod expire_lease;
mod fail_job;
mod finish_job;
mod refusals;
mod renew_lease;
mod request_job;
mod schedule_retry;
mod start_job;

use fieldlog_domain::job::JobEvent;
use fieldlog_domain::{Event, JobId, ResourceId};

use crate::dispatch::read;
use crate::{App, CommandError, streams};

pub use cancel_job::{CancelJob, cancel_job};
pub use claim_job::{ClaimJob, claim_job};
pub use expire_lease::{ExpireLease, expire_lease};
pub use fail_job::{FailJob, fail_job};
pub use finish_job::{FinishJob, finish_job};
pub use refusals::RequestJobRefusal;
pub use renew_lease::{RenewLease, renew_lease};
pub use request_job::{RequestJob, request_job};
pub use schedule_retry::{ScheduleRetry, schedule_retry};
pub use start_job::{StartJob, start_job};

/// The resource that a job is about, whether the read model knows the job yet or not.
async fn resource_of<R>(app: &App, job: JobId) -> Result<ResourceId, CommandError<R>> {
    if let Some(row) = app.view().job(job)? {
        return Ok(row.resource);
    }
    let first = app.log().read_stream(&streams::job(job), 0, 1).await?.pop();
    match first.as_ref().map(read).transpose()? {
        Some(Event::Job(JobEvent::JobRequested { resource, .. })) => Ok(resource),
        _ => Err(CommandError::NotFound("job")),
    }
}
