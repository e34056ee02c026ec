//! Have the edits applied that wait for it.

use fieldlog_domain::JobId;
use fieldlog_domain::job::{JobCause, JobKind};

use super::request_job::{regular, request};
use super::subject::Subject;
use super::{RequestJob, RequestJobRefusal, RequestedJob};
use crate::authz::{Action, ResourceAction};
use crate::plan::check_owner_allows_jobs;
use crate::{App, CommandError, Done, Viewer, streams};

/// Have the edits applied that wait for it. Usually nobody has to ask: edits are applied when they come.
pub(super) async fn request_apply(
    app: &App,
    viewer: &Viewer,
    input: RequestJob,
) -> Result<Done<RequestedJob>, CommandError<RequestJobRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::RequestJob, input.resource))?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let requested = RequestedJob { job: JobId(command.derive("apply")), was_there: false };
    if let Some(first) = command.repeated(&streams::job(requested.job)).await? {
        return Ok(Done::new(requested, Some(first.receipt)));
    }
    regular(app, input.resource).await?;
    app.catch_up().await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let subject = Subject::of(app, &app.view(), input.resource).await?;
    let subject = subject.ok_or(CommandError::Refused(RequestJobRefusal::NoProjectFile))?;
    check_owner_allows_jobs(app, input.resource).map_err(|error| error.map_refusal(RequestJobRefusal::Owner))?;
    let what = (requested.job, JobKind::ApplyDeltas, JobCause::Asked);
    let receipt = request(&command, what, (input.resource, subject), viewer.account).await?;
    Ok(Done::new(requested, receipt))
}
