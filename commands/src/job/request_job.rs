//! Let QGIS look at a project's file again.

use crate::job::RequestJobRefusal;
use fieldlog_domain::file::File;
use fieldlog_domain::job::JobKind;
use fieldlog_domain::job::{Job, JobCause, JobCommand, RequestJob as Request};
use fieldlog_domain::resource::{Resource, ResourceCommand, StageRevision};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{CommandId, FileId, JobId, ResourceId, RevisionId, Sha256Digest, VersionId};

use fieldlog_eventlog::{LogError, Receipt};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Let QGIS look at a project's file again.
#[derive(Debug, Clone)]
pub struct RequestJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// What is to be done.
    pub kind: JobKind,
}

/// Let QGIS look at a project's file again.
pub async fn request_job(
    app: &App,
    viewer: &Viewer,
    input: RequestJob,
) -> Result<Done<JobId>, CommandError<RequestJobRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::RequestJob, input.resource))?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let revision = RevisionId(command.derive("revision"));
    let job = JobId::of_revision(revision);
    if let Some(first) = command.repeated(&streams::job(job)).await? {
        return Ok(Done::new(job, Some(first.receipt)));
    }
    let (project_file, version, digest) = current_project_file(app, input.resource).await?;
    let stage = StageRevision { revision, project_file: project_file.clone(), version, digest };
    let staged =
        command.dispatch::<Resource>(&streams::resource(input.resource), ResourceCommand::StageRevision(stage)).await;
    let staged = staged.map_err(|error| error.map_refusal(RequestJobRefusal::from))?;
    let request = Request {
        kind: input.kind,
        resource: input.resource,
        revision,
        project_file,
        project_file_digest: digest,
        requester: viewer.account,
        cause: JobCause::Asked,
        max_attempts: app.settings().job_max_attempts,
    };
    // The policy that follows staged revisions may be faster; the job is the same one.
    let requested = command.dispatch::<Job>(&streams::job(job), JobCommand::Request(request)).await;
    let requested = requested.map_err(|error| error.map_refusal(RequestJobRefusal::Job))?;
    let receipt = match requested {
        Some(receipt) => Some(receipt),
        // The policy was faster; whoever waits for the receipt is to find the job.
        None => receipt_of(app, job).await?.or(staged),
    };
    Ok(Done::new(job, receipt))
}

/// Where the request of a job is in the log.
async fn receipt_of(app: &App, job: JobId) -> Result<Option<Receipt>, LogError> {
    let first = app.log().read_stream(&streams::job(job), 0, 1).await?;
    Ok(first.first().map(|event| Receipt { position: event.position, sequence: event.sequence }))
}

/// What the project file holds, as the log has it now.
async fn current_project_file(
    app: &App,
    resource: ResourceId,
) -> Result<(FilePath, VersionId, Sha256Digest), CommandError<RequestJobRefusal>> {
    let none = CommandError::Refused(RequestJobRefusal::NoProjectFile);
    let look = |resource: &Resource, _| resource.project_file().cloned();
    let Some(path) = app.fresh::<Resource, _>(&streams::resource(resource), look).await? else { return Err(none) };
    let stream = streams::file(FileId::of(resource, &path));
    let current = app.fresh::<File, _>(&stream, |file, _| file.current().map(|(id, known)| (id, known.digest))).await?;
    current.map(|(version, digest)| (path, version, digest)).ok_or(none)
}
