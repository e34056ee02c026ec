//! Let QGIS look at a project's file again.

use fieldlog_domain::job::{JobCause, JobKind};
use fieldlog_domain::resource::{Resource, ResourceCommand, StageRevision};
use fieldlog_domain::{JobId, RevisionId};
use fieldlog_eventlog::{LogError, Receipt};

use super::request_job::request;
use super::subject::{Subject, current_project_file};
use super::{RequestJob, RequestJobRefusal, RequestedJob};
use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Let QGIS look at a project's file again.
pub(super) async fn request_processing(
    app: &App,
    viewer: &Viewer,
    input: RequestJob,
) -> Result<Done<RequestedJob>, CommandError<RequestJobRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::RequestJob, input.resource))?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let revision = RevisionId(command.derive("revision"));
    let requested = RequestedJob { job: JobId::of_revision(revision), was_there: false };
    if let Some(first) = command.repeated(&streams::job(requested.job)).await? {
        return Ok(Done::new(requested, Some(first.receipt)));
    }
    let current = current_project_file(app, input.resource).await?;
    let (project_file, version, digest) = current.ok_or(CommandError::Refused(RequestJobRefusal::NoProjectFile))?;
    let stage = StageRevision { revision, project_file: project_file.clone(), version, digest };
    let staged =
        command.dispatch::<Resource>(&streams::resource(input.resource), ResourceCommand::StageRevision(stage)).await;
    let staged = staged.map_err(|error| error.map_refusal(RequestJobRefusal::from))?;
    // The policy that follows staged revisions may be faster; the job is the same one.
    let what = (requested.job, JobKind::ProcessProjectFile, JobCause::Asked);
    let of = (input.resource, Subject { revision, project_file, digest });
    let receipt = match request(&command, what, of, viewer.account).await? {
        Some(receipt) => Some(receipt),
        // The policy was faster; whoever waits for the receipt is to find the job.
        None => receipt_of(app, requested.job).await?.or(staged),
    };
    Ok(Done::new(requested, receipt))
}

/// Where the request of a job is in the log.
async fn receipt_of(app: &App, job: JobId) -> Result<Option<Receipt>, LogError> {
    let first = app.log().read_stream(&streams::job(job), 0, 1).await?;
    Ok(first.first().map(|event| Receipt { position: event.position, sequence: event.sequence }))
}
