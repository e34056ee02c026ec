//! When edits wait to be applied, a job is asked to do it. Edits that come before it begins are done by the same job.

use std::convert::Infallible;

use fieldlog_domain::change_set::ChangeSetEvent;
use fieldlog_domain::job::{JobCause, JobKind};
use fieldlog_domain::{AccountId, Event, JobId, ResourceId};

use super::occasion::{Later, Occasion, answered};
use crate::dispatch::Dispatch;
use crate::job::request;
use crate::job::subject::Subject;
use crate::plan::check_owner_allows_jobs;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let resource = match occasion.event {
        Event::ChangeSet(ChangeSetEvent::DeltasReceived { resource, deltas, .. })
            if deltas.iter().any(|delta| delta.is_permitted) =>
        {
            *resource
        }
        Event::ChangeSet(ChangeSetEvent::DeltasReopened { resource, .. }) => *resource,
        _ => return Ok(()),
    };
    let command = occasion.command("request apply when deltas received")?.about(resource);
    ask(occasion, &command, resource, JobCause::DeltasReceived, occasion.recorded.metadata.actor.account()).await
}

/// Asks for a job that applies what waits, unless nothing does or a job is about to. The job that is about to begins later than
/// what the read model shows now, so it finds everything that waits now.
pub(super) async fn ask(
    occasion: &Occasion<'_>,
    command: &Dispatch<'_>,
    resource: ResourceId,
    cause: JobCause,
    requester: Option<AccountId>,
) -> Result<(), Later> {
    let view = occasion.view().await?;
    if !view.has_pending_deltas(resource)? || view.is_job_waiting(resource, JobKind::ApplyDeltas)? {
        return Ok(());
    }
    let is_retired = view.resource(resource)?.is_none_or(|row| row.is_retired);
    // Where the owner's plan is against it, the edits wait until somebody asks again.
    if is_retired || answered(check_owner_allows_jobs(occasion.app, resource))?.is_none() {
        return Ok(());
    }
    let subject = answered(Subject::of::<Infallible>(occasion.app, &view, resource).await)?.flatten();
    let Some(subject) = subject else { return Ok(()) };
    let what = (JobId(command.derive("apply")), JobKind::ApplyDeltas, cause);
    let receipt = answered(request(command, what, (resource, subject), requester).await)?.flatten();
    // The next event is to find this job.
    occasion.seen(receipt).await
}
