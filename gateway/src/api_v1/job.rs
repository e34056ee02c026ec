//! Jobs (section 3.9).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fieldlog_commands::CommandError;
use fieldlog_commands::authz::{Action, ResourceAction};
use fieldlog_commands::job::{self as commands, RequestJob, RequestJobRefusal};
use fieldlog_domain::job::{JobKind, JobState};
use fieldlog_domain::{JobId, ResourceId};
use fieldlog_projections::{JobRow, ListJobs, ReadError, View};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::IntoEnumIterator;

use super::dialect::{api_error, forbidden, hide_less, no_qgis_project, of_owner, validation_error};
use super::fields::Fields;
use super::openapi::schema::{Id, Moment, words};
use super::paging::Paging;
use super::query::Query;
use super::time::iso;
use super::whole::whole;
use crate::files::upload::of_resource;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

/// A job as the clients read it.
#[derive(Serialize, JsonSchema)]
pub struct Job {
    #[schemars(with = "Id")]
    id: String,
    #[schemars(with = "Moment")]
    created_at: String,
    /// The number of whoever requested it; none: the server did by itself.
    created_by: Option<u64>,
    #[schemars(with = "Option<Moment>")]
    finished_at: Option<String>,
    #[schemars(with = "Id")]
    project_id: String,
    #[schemars(with = "Option<Moment>")]
    started_at: Option<String>,
    #[schemars(schema_with = "statuses")]
    status: &'static str,
    #[serde(rename = "type")]
    #[schemars(schema_with = "kinds")]
    kind: &'static str,
    #[schemars(with = "Moment")]
    updated_at: String,
}

fn statuses(_: &mut SchemaGenerator) -> Schema {
    words(JobState::iter().map(status))
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    words(JobKind::iter().map(word))
}

/// A job with what came of it.
#[derive(Serialize, JsonSchema)]
pub struct WholeJob {
    #[serde(flatten)]
    job: Job,
    /// What QGIS found out.
    #[schemars(with = "Option<Map<String, Value>>")]
    feedback: Option<Value>,
    /// Why it failed.
    output: Option<String>,
}

/// Of which project.
#[derive(Deserialize, JsonSchema)]
pub struct Which {
    /// The id of the project; without it, nothing is found.
    #[schemars(with = "Option<Id>")]
    project_id: Option<String>,
    /// Only jobs of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// What clients may request.
pub const KINDS: [&str; 3] = ["package", "delta_apply", "process_projectfile"];

/// `GET jobs/?project_id=`: oldest first.
pub async fn list(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(which): Query<Which>,
    paging: Paging,
) -> Result<Response, Problem> {
    let project = project_of(which.project_id.as_deref())?;
    authorise(&gateway, &caller, ResourceAction::SeeJobs, project)?;
    let view = gateway.app().view();
    let mut rows = whole(|page| view.jobs(ListJobs { resource: Some(project), states: None, page }))?;
    rows.reverse();
    let kind = which.kind.filter(|kind| !kind.is_empty());
    rows.retain(|row| kind.as_deref().is_none_or(|kind| kind == word(row.kind)));
    let (part, total) = paging.part(rows);
    let jobs: Result<Vec<_>, _> = part.iter().map(|row| job(&view, row)).collect();
    Ok(paging.answer(&jobs?, total))
}

/// `GET jobs/{id}/`.
pub async fn get(State(gateway): State<Gateway>, Path(id): Path<JobId>) -> Result<Json<WholeJob>, Problem> {
    Ok(Json(read(&gateway, id)?))
}

fn read(gateway: &Gateway, id: JobId) -> Result<WholeJob, Problem> {
    let view = gateway.app().view();
    let row = view.job(id)?.ok_or_else(forbidden)?;
    let feedback = view.job_feedback(id)?;
    let output = row.error.as_ref().map(|error| error.message.clone());
    Ok(WholeJob { job: job(&view, &row)?, feedback, output })
}

/// `POST jobs/`.
pub async fn request(
    State(gateway): State<Gateway>,
    caller: Caller,
    fields: Fields,
) -> Result<(StatusCode, Json<WholeJob>), Problem> {
    let app = gateway.app();
    let project = project_of(fields.text("project_id")?.as_deref())?;
    let kind = fields.required("type")?;
    let is_forced = fields.flag("force")?.unwrap_or_default();
    let kind = JobKind::iter().find(|known| word(*known) == kind);
    let kind = kind.ok_or_else(wrong_type)?;
    let action = match kind {
        JobKind::ProcessProjectFile | JobKind::ApplyDeltas => ResourceAction::RequestJob,
        JobKind::Package => ResourceAction::RequestPackage,
        JobKind::CreateProject => return Err(wrong_type()),
    };
    authorise(&gateway, &caller, action, project)?;
    let command = RequestJob { command_id: None, resource: project, kind, is_forced };
    let done = commands::request_job(app, &caller.viewer, command).await.map_err(not_requested)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let status = if done.value.was_there { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(read(&gateway, done.value.job)?)))
}

fn wrong_type() -> Problem {
    api_error(format!("type: expected one of {}", KINDS.join(", ")))
}

/// Why a job was not requested, as the clients read it.
pub fn not_requested(error: CommandError<RequestJobRefusal>) -> Problem {
    of_command(error, |refusal| match refusal {
        RequestJobRefusal::NoProjectFile => no_qgis_project(),
        RequestJobRefusal::NotRegular(_) => forbidden(),
        RequestJobRefusal::MadeAlready => wrong_type(),
        RequestJobRefusal::Owner(refusal) => of_owner(&refusal),
        RequestJobRefusal::Resource(refusal) => of_resource(&refusal),
        RequestJobRefusal::Job(refusal) => Problem::bad_request("invalid_job", refusal.to_string()),
    })
}

/// A project that is not named, or that there is not, is not found.
fn project_of(id: Option<&str>) -> Result<ResourceId, Problem> {
    let id = id.ok_or_else(|| Problem::not_found("project"))?;
    id.parse().map_err(|_| {
        let found: String = id.chars().take(100).collect();
        validation_error(format!("project_id: expected a UUID, found {found:?}"))
    })
}

fn authorise(gateway: &Gateway, caller: &Caller, action: ResourceAction, project: ResourceId) -> Result<(), Problem> {
    let row = gateway.app().view().resource(project)?.filter(|row| !row.is_retired);
    row.ok_or_else(|| Problem::not_found("project"))?;
    let granted = gateway.app().authorise(&caller.viewer, Action::Resource(action, project));
    granted.map(|_| ()).map_err(hide_less)
}

fn job(view: &View, row: &JobRow) -> Result<Job, ReadError> {
    let requester = row.requester.map(|account| view.account(account)).transpose()?.flatten();
    let last = [row.claimed_at, row.started_at, row.ended_at].into_iter().flatten().max();
    Ok(Job {
        id: row.id.to_string(),
        created_at: iso(row.requested_at),
        created_by: requester.map(|account| account.number),
        finished_at: row.ended_at.map(iso),
        project_id: row.resource.to_string(),
        started_at: row.started_at.map(iso),
        status: status(row.state),
        kind: word(row.kind),
        updated_at: iso(last.unwrap_or(row.requested_at)),
    })
}

fn word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::ProcessProjectFile => "process_projectfile",
        JobKind::Package => "package",
        JobKind::ApplyDeltas => "delta_apply",
        JobKind::CreateProject => "create_project",
    }
}

fn status(state: JobState) -> &'static str {
    match state {
        JobState::Requested => "pending",
        JobState::Claimed => "queued",
        JobState::Started => "started",
        JobState::Finished => "finished",
        JobState::Failed => "failed",
        JobState::Cancelled => "stopped",
    }
}
