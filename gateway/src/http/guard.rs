//! Who may use a route. Every route of the table names its guard, and the guard runs before the handler.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fieldlog_commands::authz::{Action, Denied, ResourceAction};
use fieldlog_domain::resource::ResourceKind;
use fieldlog_domain::{CorrelationId, JobId, ResourceId};

use super::client_ip::ClientIp;
use super::credentials::Caller;
use super::min_position;
use super::problem::Problem;
use crate::api_v1::{forbidden, hide_less};
use crate::gateway::Gateway;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anybody; credentials are not looked at. For probes, for the page that says what this is, and for pictures of accounts.
    Open,
    /// Anybody whose credentials are good or who sends none: every field and mutation asks for itself.
    PerField,
    /// Whoever may do this to the `{resource}` of the path.
    Resource(ResourceAction),
    /// Whoever may do this to the resource of the path's `{job}`.
    Job(ResourceAction),
    /// Anybody who is logged in.
    Person,
    /// Whoever is logged in and may do this to the `{project}` of the path, answered as QFieldCloud's clients expect it.
    Project(ResourceAction),
    /// The same with the project of the path's `{job}`; an unknown job is forbidden.
    JobOfProject(ResourceAction),
}

/// Lets through whom the guard allows, as [`Caller`].
pub async fn guard(
    State((gateway, guard)): State<(Gateway, Guard)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if guard == Guard::Open {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let Ok(ClientIp(ip)) = ClientIp::from_request_parts(&mut parts, &gateway).await;
    let id = parts.extensions.get::<CorrelationId>().copied().unwrap_or_default();
    let caller = Caller::identify(gateway.app(), &parts.headers, ip, id).await?;
    min_position::reach(gateway.app().model(), &parts.headers, gateway.options().catch_up_timeout).await?;
    let parameters = RawPathParams::from_request_parts(&mut parts, &()).await;
    let parameters = parameters.map_err(|error| Problem::bad_request("bad_path", error.body_text()))?;
    let needs_person = matches!(guard, Guard::Person | Guard::Project(_) | Guard::JobOfProject(_));
    if needs_person && caller.viewer.account.is_none() {
        return Err(Problem::not_authenticated());
    }
    let action = match guard {
        Guard::Open | Guard::PerField | Guard::Person => None,
        Guard::Project(action) => {
            let project: Option<ResourceId> = parameter(&parameters, "project");
            project_action(&gateway, &caller, action, project, parts.uri.path())?;
            None
        }
        Guard::JobOfProject(action) => {
            let job: Option<JobId> = parameter(&parameters, "job");
            let resource = resource_of(&gateway, job).map_err(|_| forbidden())?;
            let granted = gateway.app().authorise(&caller.viewer, Action::Resource(action, resource));
            granted.map_err(hide_less)?;
            None
        }
        Guard::Resource(action) => {
            let resource: Option<ResourceId> = parameter(&parameters, "resource");
            Some(Action::Resource(action, resource.ok_or_else(|| Problem::not_found("resource"))?))
        }
        Guard::Job(action) => {
            let job: Option<JobId> = parameter(&parameters, "job");
            Some(Action::Resource(action, resource_of(&gateway, job)?))
        }
    };
    if let Some(action) = action {
        let _granted = gateway.app().authorise(&caller.viewer, action).map_err(denied)?;
    }
    parts.extensions.insert(caller);
    Ok(next.run(Request::from_parts(parts, body)).await.into_response())
}

/// A project that there is not is not found; one that there is may be forbidden.
fn project_action(
    gateway: &Gateway,
    caller: &Caller,
    action: ResourceAction,
    project: Option<ResourceId>,
    path: &str,
) -> Result<(), Problem> {
    let absent = || Problem::not_found("project");
    let Some(project) = project else {
        return Err(match path.starts_with("/api/v1/projects/") {
            true => Problem::bad_request("validation_error", "expected the UUID of a project"),
            false => absent(),
        });
    };
    let row = gateway.app().view().resource(project)?;
    row.filter(|row| !row.is_retired && row.kind == ResourceKind::Project).ok_or_else(absent)?;
    let granted = gateway.app().authorise(&caller.viewer, Action::Resource(action, project));
    granted.map(|_| ()).map_err(hide_less)
}

/// A part of the path; none when it is not what it should be, as if there were nothing of that name.
fn parameter<T: FromStr>(parameters: &RawPathParams, name: &str) -> Option<T> {
    let found = parameters.into_iter().find(|(key, _)| *key == name);
    found.and_then(|(_, value)| value.parse().ok())
}

fn resource_of(gateway: &Gateway, job: Option<JobId>) -> Result<ResourceId, Problem> {
    let absent = || Problem::not_found("job");
    let row = gateway.app().view().job(job.ok_or_else(absent)?)?;
    Ok(row.ok_or_else(absent)?.resource)
}

/// A refusal of the permission table as an answer.
pub fn denied(denied: Denied) -> Problem {
    match denied {
        Denied::Unauthenticated => Problem::not_authenticated(),
        Denied::Forbidden => Problem::new(StatusCode::FORBIDDEN, "permission_denied", "Permission denied"),
        Denied::Hidden(what) => Problem::not_found(what),
        Denied::Unavailable(why) => {
            tracing::error!(why, "cannot authorise");
            Problem::unavailable("the service is not available at the moment; please try again")
        }
    }
}
