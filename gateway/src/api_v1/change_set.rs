//! Deltas: edits that QField pushes (section 3.10).

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fieldlog_commands::CommandError;
use fieldlog_commands::change_set::{NotEditable, PushChangeSet, PushRefusal, push_change_set};
use fieldlog_commands::job::{RequestJob, request_job};
use fieldlog_domain::ResourceId;
use fieldlog_domain::job::JobKind;
use fieldlog_projections::{DeltaRow, DeltaStatus, ListDeltas, ReadError, TakenBack, View};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::account::names;
use super::dialect::{forbidden, no_qgis_project};
use super::file::upload::file_part;
use super::job::not_requested;
use super::openapi::schema::{Id, Moment, words};
use super::paging::Paging;
use super::query::Query;
use super::time::iso;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

/// An edit as the clients read it. An unknown `status` breaks QField.
#[derive(Serialize, JsonSchema)]
pub struct Delta {
    #[schemars(with = "Id")]
    id: String,
    #[schemars(with = "Id")]
    deltafile_id: String,
    /// Who pushed it.
    created_by: String,
    #[schemars(with = "Moment")]
    created_at: String,
    #[schemars(with = "Moment")]
    updated_at: String,
    #[schemars(schema_with = "statuses")]
    status: &'static str,
    /// The feedback as a text.
    output: Option<String>,
    #[schemars(schema_with = "last_statuses")]
    last_status: String,
    #[schemars(with = "Option<Map<String, Value>>")]
    last_feedback: Option<Value>,
    /// The edit as the device wrote it.
    #[schemars(with = "Map<String, Value>")]
    content: Value,
}

/// In which order.
#[derive(Deserialize, JsonSchema)]
pub struct Wanted {
    /// `created_at`, or `-created_at` for the latest first.
    ordering: Option<String>,
}

/// The most bytes of a request with a delta file: weeks of work of one device. It is read into memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// `POST deltas/{project}/`: an empty 200 means that every edit is in the log, not that it was applied.
pub async fn push(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let bytes = to_bytes(body, MAX_BYTES).await.map_err(|_| {
        let message = format!("expected a delta file of at most {MAX_BYTES} bytes, found more, or it broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_deltafile", message)
    })?;
    let (_multipart, file) = file_part(&headers, futures::stream::iter([Ok(bytes)])).await?;
    let content = file.bytes().await.map_err(|error| Problem::bad_request("invalid_deltafile", error.to_string()))?;
    let app = gateway.app();
    let command = PushChangeSet { command_id: None, project, content };
    let done = push_change_set(app, &caller.viewer, command).await.map_err(refused)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::OK)
}

fn refused(error: CommandError<PushRefusal>) -> Problem {
    of_command(error, |refusal| match refusal {
        PushRefusal::BadFile(_) | PushRefusal::OtherProject { .. } | PushRefusal::ChangeSet(_) => {
            Problem::bad_request("invalid_deltafile", refusal.to_string())
        }
        PushRefusal::NotEditable(NotEditable::NoProjectFile) => no_qgis_project(),
        PushRefusal::NotEditable(NotEditable::NotRegular(_)) => forbidden(),
    })
}

/// `GET deltas/{project}/`: in the order in which they came, or the other way round.
pub async fn list(
    State(gateway): State<Gateway>,
    Path(project): Path<ResourceId>,
    Query(wanted): Query<Wanted>,
    paging: Paging,
) -> Result<Response, Problem> {
    let is_falling = wanted.ordering.as_deref().is_some_and(|ordering| ordering.trim() == "-created_at");
    answer(&gateway, ListDeltas { resource: project, delta_file: None }, is_falling, paging).await
}

/// `GET deltas/{project}/{deltafile}/`: none for a file that nobody pushed.
pub async fn of_file(
    State(gateway): State<Gateway>,
    Path((project, delta_file)): Path<(ResourceId, String)>,
    paging: Paging,
) -> Result<Response, Problem> {
    let delta_file: Uuid = delta_file.parse().map_err(|_| Problem::not_found("delta file"))?;
    answer(&gateway, ListDeltas { resource: project, delta_file: Some(delta_file) }, false, paging).await
}

async fn answer(gateway: &Gateway, list: ListDeltas, is_falling: bool, paging: Paging) -> Result<Response, Problem> {
    let view = gateway.app().view();
    let make = move || {
        let mut rows = view.deltas(list)?;
        if is_falling {
            rows.reverse();
        }
        let (part, total) = paging.part(rows);
        let deltas: Result<Vec<_>, _> = part.into_iter().map(|row| delta(&view, row)).collect();
        Ok(paging.answer(&deltas?, total))
    };
    spawn_blocking(make).await.map_err(|_| Problem::internal())?
}

/// `POST deltas/apply/{project}/` (deprecated): edits are applied by themselves, so there is rarely anything left to do.
pub async fn apply(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
) -> Result<StatusCode, Problem> {
    let row = gateway.app().view().resource(project)?.ok_or_else(|| Problem::not_found("project"))?;
    row.project_file.ok_or_else(no_qgis_project)?;
    if gateway.app().view().has_pending_deltas(project)? {
        let command = RequestJob { command_id: None, resource: project, kind: JobKind::ApplyDeltas, is_forced: false };
        request_job(gateway.app(), &caller.viewer, command).await.map_err(not_requested)?;
    }
    Ok(StatusCode::OK)
}

fn delta(view: &View, row: DeltaRow) -> Result<Delta, ReadError> {
    let feedback = match row.taken_back.as_ref().filter(|_| row.status == DeltaStatus::TakenBack) {
        Some(told) => Some(taken_back(view, told)?),
        None => row.feedback,
    };
    Ok(Delta {
        id: row.id.to_string(),
        deltafile_id: row.delta_file.to_string(),
        created_by: names::account_name(view, row.added_by)?.unwrap_or_default(),
        created_at: iso(row.added_at),
        updated_at: iso(row.changed_at),
        status: status(row.status),
        output: feedback.as_ref().map(Value::to_string),
        last_status: known(row.status).as_ref().to_owned(),
        last_feedback: feedback,
        content: row.content,
    })
}

/// What there is to say of an edit that was taken back.
fn taken_back(view: &View, told: &TakenBack) -> Result<Value, ReadError> {
    let by = names::account_name(view, told.brought.by)?.unwrap_or_else(|| "somebody".to_owned());
    let (path, at, why) = (&told.brought.path, iso(told.brought.at), &told.why);
    let message = format!(
        "It was stored, and is no longer: what {by} brought as '{}' at {at} does not have it. {why} It can be applied again.",
        path.as_str()
    );
    Ok(json!({ "msg": message, "status": "status_apply_failed" }))
}

/// The status as the clients know it: an edit in whose place another one is stored is not to be applied, and one that was taken back is
/// not in the data.
fn known(status: DeltaStatus) -> DeltaStatus {
    match status {
        DeltaStatus::Replaced => DeltaStatus::Ignored,
        DeltaStatus::TakenBack => DeltaStatus::NotApplied,
        other => other,
    }
}

fn status(status: DeltaStatus) -> &'static str {
    match status {
        DeltaStatus::Pending => "STATUS_PENDING",
        DeltaStatus::Started => "STATUS_BUSY",
        DeltaStatus::Applied => "STATUS_APPLIED",
        DeltaStatus::Conflict => "STATUS_CONFLICT",
        DeltaStatus::NotApplied | DeltaStatus::TakenBack => "STATUS_NOT_APPLIED",
        DeltaStatus::Error => "STATUS_ERROR",
        DeltaStatus::Ignored | DeltaStatus::Replaced => "STATUS_IGNORED",
        DeltaStatus::Unpermitted => "STATUS_UNPERMITTED",
    }
}

fn told() -> impl Iterator<Item = DeltaStatus> {
    DeltaStatus::iter().filter(|status| known(*status) == *status)
}

fn statuses(_: &mut SchemaGenerator) -> Schema {
    words(told().map(status))
}

fn last_statuses(_: &mut SchemaGenerator) -> Schema {
    words(told().map(|status| status.as_ref().to_owned()))
}
