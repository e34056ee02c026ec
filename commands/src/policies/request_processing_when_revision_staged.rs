//! When a revision is staged, QGIS is asked to look at it.

use fieldlog_domain::job::{Job, JobCause, JobCommand, JobKind, RequestJob};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::resource::{Resource, ResourceEvent, RevisionState};
use fieldlog_domain::{AccountId, Event, JobId};
use fieldlog_eventlog::LogError;

use super::occasion::{Later, Occasion, answered};
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Resource(ResourceEvent::RevisionStaged { revision, project_file, digest, .. }) = occasion.event else {
        return Ok(());
    };
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let stream = streams::resource(resource);
    let look = |now: &Resource, _| now.is_active() && now.revision(*revision) == Some(RevisionState::Staged);
    if !occasion.app.fresh::<Resource, _>(&stream, look).await? {
        return Ok(());
    }
    // A policy stages what was uploaded; whoever stages it themselves asked for the job.
    let cause = match occasion.recorded.metadata.actor {
        Actor::System => JobCause::RevisionStaged,
        Actor::Account(_) | Actor::Operator | Actor::Anonymous => JobCause::Asked,
    };
    let request = JobCommand::Request(RequestJob {
        kind: JobKind::ProcessProjectFile,
        resource,
        revision: Some(*revision),
        project_file: Some(project_file.clone()),
        project_file_digest: Some(*digest),
        requester: requester(occasion).await?,
        cause,
        max_attempts: occasion.app.settings().job_max_attempts,
        is_private: false,
    });
    let command = occasion.command("request processing when revision staged")?;
    let requested = command.dispatch::<Job>(&streams::job(JobId::of_revision(*revision)), request).await;
    // The next event is to find this job.
    occasion.seen(answered(requested)?.flatten()).await
}

/// Who is behind it: who staged the revision, or who uploaded what a policy staged.
async fn requester(occasion: &Occasion<'_>) -> Result<Option<AccountId>, LogError> {
    let metadata = &occasion.recorded.metadata;
    match (metadata.actor.account(), metadata.causation_id) {
        (Some(account), _) => Ok(Some(account)),
        (None, Some(cause)) => {
            Ok(occasion.app.log().event(cause).await?.and_then(|event| event.metadata.actor.account()))
        }
        (None, None) => Ok(None),
    }
}
