//! Have a project packaged for the field.

use fieldlog_domain::job::{JobCause, JobKind};
use fieldlog_domain::{AccountId, JobId, ResourceId, Sha256Digest};
use fieldlog_projections::View;

use super::request_job::{regular, request};
use super::subject::Subject;
use super::{JobInputs, RequestJob, RequestJobRefusal, RequestedJob, packaging};
use crate::authz::{Action, ResourceAction};
use crate::plan::check_owner_allows_jobs;
use crate::{App, CommandError, Done, Viewer, streams};

/// Have a project packaged for the field. A job that packages it already, as it is now, or a package of the very same files, is the
/// answer to whoever does not insist.
pub(super) async fn request_package(
    app: &App,
    viewer: &Viewer,
    input: RequestJob,
) -> Result<Done<RequestedJob>, CommandError<RequestJobRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::RequestPackage, input.resource))?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let job = JobId(command.derive("package"));
    if let Some(first) = command.repeated(&streams::job(job)).await? {
        return Ok(Done::new(RequestedJob { job, was_there: false }, Some(first.receipt)));
    }
    regular(app, input.resource).await?;
    // What somebody has just uploaded belongs into the package.
    app.catch_up().await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let view = app.view();
    let subject = Subject::of(app, &view, input.resource).await?;
    let subject = subject.ok_or(CommandError::Refused(RequestJobRefusal::NoProjectFile))?;
    if !input.is_forced
        && let Some(job) = view.package_under_way(input.resource, subject.digest, viewer.account)?
    {
        return Ok(Done::new(RequestedJob { job, was_there: true }, None));
    }
    if !input.is_forced
        && let Some(job) = already_made(app, &view, input.resource, viewer.account, &subject).await?
    {
        return Ok(Done::new(RequestedJob { job, was_there: true }, None));
    }
    check_owner_allows_jobs(app, input.resource).map_err(|error| error.map_refusal(RequestJobRefusal::Owner))?;
    let what = (job, JobKind::Package, JobCause::Asked);
    let receipt = request(&command, what, (input.resource, subject), viewer.account).await?;
    Ok(Done::new(RequestedJob { job, was_there: false }, receipt))
}

/// The last package, when it was made of what a new one would be made of. What comes from a server may be other than it was.
async fn already_made(
    app: &App,
    view: &View,
    resource: ResourceId,
    person: Option<AccountId>,
    subject: &Subject,
) -> Result<Option<JobId>, CommandError<RequestJobRefusal>> {
    let Some(latest) = view.latest_package(resource, person)? else { return Ok(None) };
    if view.is_online(resource)? {
        return Ok(None);
    }
    let project_file = Some((&subject.project_file, subject.digest));
    let mut inputs = JobInputs::files_of((view, app.storage()), JobKind::Package, resource, project_file).await?;
    inputs.parameters = packaging::parameters();
    let is_same = latest.inputs == Some(Sha256Digest::of(&inputs.to_json()));
    Ok(is_same.then_some(latest.id))
}
