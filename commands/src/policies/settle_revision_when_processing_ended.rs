//! When a job that looked at a revision ended, the revision is ready or rejected.

mod feedback;

use fieldlog_domain::job::{JobError, JobErrorKind, JobEvent, JobKind, JobOutput, RunRecord};
use fieldlog_domain::resource::{AcceptRevision, Extent, RejectionReason, Resource, ResourceCommand, Thumbnail};
use fieldlog_domain::{Event, RevisionId};
use fieldlog_eventlog::LogError;

use super::occasion::{Later, Occasion, answered};
use crate::job::first_of;
use crate::streams;

/// The output that is the resource's picture.
const THUMBNAIL: &str = "thumbnail.png";

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let (Event::Job(event), Some(resource)) = (occasion.event, occasion.resource()) else { return Ok(()) };
    let verdict: fn(RevisionId, &JobEvent) -> ResourceCommand = match event {
        JobEvent::JobFinished { .. } | JobEvent::JobFailed { .. } | JobEvent::JobCancelled {} => verdict,
        JobEvent::JobRequested { .. }
        | JobEvent::JobClaimed { .. }
        | JobEvent::JobStarted { .. }
        | JobEvent::JobProgressed { .. }
        | JobEvent::CommitAnnounced { .. }
        | JobEvent::LeaseRenewed { .. }
        | JobEvent::LeaseExpired { .. }
        | JobEvent::JobRetryScheduled { .. }
        | JobEvent::JobSettled { .. } => return Ok(()),
    };
    let Some(revision) = revision_of(occasion).await? else { return Ok(()) };
    let command = occasion.command("settle revision when processing ended")?;
    answered(command.dispatch::<Resource>(&streams::resource(resource), verdict(revision, event)).await).map(|_| ())
}

/// The revision that the job was requested to look at; none when it does something else.
async fn revision_of(occasion: &Occasion<'_>) -> Result<Option<RevisionId>, LogError> {
    Ok(match first_of(occasion.app, &occasion.recorded.stream).await? {
        Some(JobEvent::JobRequested { kind: JobKind::ProcessProjectFile, revision, .. }) => revision,
        _ => None,
    })
}

fn verdict(revision: RevisionId, event: &JobEvent) -> ResourceCommand {
    match event {
        JobEvent::JobFinished { outputs, run, .. } => accepted(revision, outputs, run),
        JobEvent::JobFailed { error, .. } => rejected(revision, code(error), error.message.clone()),
        _ => rejected(revision, "CANCELLED", "the job that should look at it was cancelled".to_owned()),
    }
}

fn accepted(revision: RevisionId, outputs: &[JobOutput], run: &RunRecord) -> ResourceCommand {
    let Some(details) = feedback::project_details(&run.feedback) else {
        return rejected(revision, "BAD_FEEDBACK", "the job told nothing about the project".to_owned());
    };
    let thumbnail = outputs.iter().find(|output| output.name == THUMBNAIL).map(|output| Thumbnail {
        digest: output.digest,
        media_type: output.media_type.clone(),
        size: output.size,
    });
    let extent = Extent::of_polygon_wkt(&details.extent);
    ResourceCommand::AcceptRevision(Box::new(AcceptRevision { revision, details, extent, thumbnail }))
}

fn rejected(revision: RevisionId, code: &str, message: String) -> ResourceCommand {
    ResourceCommand::RejectRevision { revision, reason: RejectionReason { code: code.to_owned(), message } }
}

/// For programs; the words of the QFieldCloud reference (sections 7.5 and 8.3) where it has one.
fn code(error: &JobError) -> &'static str {
    match error.kind {
        JobErrorKind::InvalidProjectFile => "INVALID_PROJECT_FILE",
        JobErrorKind::Workflow => "UNABLE_TO_CONTINUE",
        JobErrorKind::Timeout => "TIMEOUT",
        JobErrorKind::OutOfMemory => "OUT_OF_MEMORY",
        JobErrorKind::OutOfDisk => "OUT_OF_DISK",
        JobErrorKind::ContainerFailed => "CONTAINER_FAILED",
        JobErrorKind::BadFeedback => "BAD_FEEDBACK",
        JobErrorKind::Infrastructure => "INFRASTRUCTURE",
    }
}
