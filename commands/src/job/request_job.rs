//! Ask for a job.

use fieldlog_domain::job::{Job, JobCause, JobCommand, JobKind, RequestJob as Request};
use fieldlog_domain::resource::{ProjectType, Resource};
use fieldlog_domain::{AccountId, CommandId, JobId, ResourceId};
use fieldlog_eventlog::Receipt;

use super::subject::Subject;
use super::{RequestJobRefusal, request_apply, request_package, request_processing};
use crate::dispatch::Dispatch;
use crate::{App, CommandError, Done, Viewer, streams};

/// Ask for a job.
#[derive(Debug, Clone)]
pub struct RequestJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// What is to be done.
    pub kind: JobKind,
    /// Whether it is done again also when another job does it, or did it with the same inputs.
    pub is_forced: bool,
}

/// The job that does what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedJob {
    /// Which one.
    pub job: JobId,
    /// Whether it was there already: under way, or finished with the same inputs.
    pub was_there: bool,
}

/// Ask for a job.
pub async fn request_job(
    app: &App,
    viewer: &Viewer,
    input: RequestJob,
) -> Result<Done<RequestedJob>, CommandError<RequestJobRefusal>> {
    match input.kind {
        JobKind::ProcessProjectFile => request_processing(app, viewer, input).await,
        JobKind::Package => request_package(app, viewer, input).await,
        JobKind::ApplyDeltas => request_apply(app, viewer, input).await,
        JobKind::CreateProject => Err(CommandError::Refused(RequestJobRefusal::MadeAlready)),
    }
}

/// Requests a job on the state of a project that field work goes on with.
pub(crate) async fn request(
    command: &Dispatch<'_>,
    (job, kind, cause): (JobId, JobKind, JobCause),
    (resource, subject): (ResourceId, Subject),
    requester: Option<AccountId>,
) -> Result<Option<Receipt>, CommandError<RequestJobRefusal>> {
    // What such a person's container reads from servers is not for others.
    let is_private = match requester {
        Some(requester) if kind == JobKind::Package => command.app().view().has_own_secrets(requester, resource)?,
        _ => false,
    };
    let request = JobCommand::Request(Request {
        kind,
        resource,
        revision: Some(subject.revision),
        project_file: Some(subject.project_file),
        project_file_digest: Some(subject.digest),
        requester,
        cause,
        max_attempts: command.app().settings().job_max_attempts,
        is_private,
    });
    let requested = command.dispatch::<Job>(&streams::job(job), request).await;
    requested.map_err(|error| error.map_refusal(RequestJobRefusal::Job))
}

/// Refuses what nobody works with in the field.
pub(super) async fn regular(app: &App, resource: ResourceId) -> Result<(), CommandError<RequestJobRefusal>> {
    let look = |now: &Resource, _| (now.is_active(), now.name().map(|name| now.settings().project_type(name)));
    match app.fresh::<Resource, _>(&streams::resource(resource), look).await? {
        (true, Some(ProjectType::Regular)) => Ok(()),
        (true, Some(other)) => Err(CommandError::Refused(RequestJobRefusal::NotRegular(other))),
        (_, _) => Err(CommandError::NotFound("project")),
    }
}
