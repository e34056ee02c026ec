//! Who works on a project (section 3.4).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fieldlog_commands::project::{self as commands, AddCollaborator, ChangeCollaboratorRole, RemoveCollaborator};
use fieldlog_domain::ResourceId;
use fieldlog_domain::shared::Role;
use fieldlog_projections::{CollaboratorRow, ReadError, View};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api_v1::account::names;
use crate::api_v1::dialect::{api_error, of_collaborator, of_rules, validation_error};
use crate::api_v1::fields::Fields;
use crate::api_v1::openapi::schema::{Id, Moment, Words};
use crate::api_v1::paging::Paging;
use crate::api_v1::time::iso;
use crate::api_v1::whole::whole;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::Problem;

const ROLES: &str = "one of admin, manager, editor, reporter, reader";

/// A collaborator as the clients read it.
#[derive(Serialize, JsonSchema)]
pub struct Collaborator {
    #[schemars(with = "Id")]
    project_id: String,
    /// The name of a person, or of a team as `@organization/team`.
    collaborator: String,
    #[schemars(with = "Words<Role>")]
    role: String,
    created_by: Option<String>,
    updated_by: Option<String>,
    #[schemars(with = "Moment")]
    created_at: String,
    #[schemars(with = "Moment")]
    updated_at: String,
}

/// `GET collaborators/{project}/`.
pub async fn list(
    State(gateway): State<Gateway>,
    Path(project): Path<ResourceId>,
    paging: Paging,
) -> Result<Response, Problem> {
    let view = gateway.app().view();
    let rows = whole(|page| view.collaborators(project, page))?;
    let all: Result<Vec<_>, _> = rows.iter().map(|row| collaborator(&view, project, row)).collect();
    Ok(paging.of(all?))
}

/// `GET collaborators/{project}/{username}/`.
pub async fn get(
    State(gateway): State<Gateway>,
    Path((project, username)): Path<(ResourceId, String)>,
) -> Result<Json<Collaborator>, Problem> {
    let view = gateway.app().view();
    let row = find(&view, project, &username)?;
    Ok(Json(collaborator(&view, project, &row)?))
}

/// `POST collaborators/{project}/`.
pub async fn add(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
    fields: Fields,
) -> Result<(StatusCode, Json<Collaborator>), Problem> {
    let app = gateway.app();
    let view = app.view();
    let name = fields.required("collaborator")?;
    let role = fields.word::<Role>("role", ROLES)?.unwrap_or(Role::Reader);
    let who = names::collaborator(&view, &name)?.ok_or_else(|| {
        api_error(format!("collaborator: there is no user or team {:?}", name.chars().take(150).collect::<String>()))
    })?;
    if whole(|page| view.collaborators(project, page))?.iter().any(|row| row.collaborator == who) {
        return Err(validation_error(format!("{name} is a collaborator already")));
    }
    let command = AddCollaborator { command_id: None, project, collaborator: who, role };
    let done = commands::add_collaborator(app, &caller.viewer, command).await.map_err(of_collaborator)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = find(&app.view(), project, &name)?;
    Ok((StatusCode::CREATED, Json(collaborator(&app.view(), project, &row)?)))
}

/// `PUT` and `PATCH collaborators/{project}/{username}/`.
pub async fn change(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((project, username)): Path<(ResourceId, String)>,
    fields: Fields,
) -> Result<Json<Collaborator>, Problem> {
    let app = gateway.app();
    let row = find(&app.view(), project, &username)?;
    let role = fields.word::<Role>("role", ROLES)?.unwrap_or(row.role);
    let command = ChangeCollaboratorRole { command_id: None, project, collaborator: row.collaborator, role };
    let done = commands::change_collaborator_role(app, &caller.viewer, command).await.map_err(of_rules)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = find(&app.view(), project, &username)?;
    Ok(Json(collaborator(&app.view(), project, &row)?))
}

/// `DELETE collaborators/{project}/{username}/`.
pub async fn remove(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((project, username)): Path<(ResourceId, String)>,
) -> Result<StatusCode, Problem> {
    let app = gateway.app();
    let row = find(&app.view(), project, &username)?;
    let command = RemoveCollaborator { command_id: None, project, collaborator: row.collaborator };
    let done = commands::remove_collaborator(app, &caller.viewer, command).await.map_err(of_rules)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(view: &View, project: ResourceId, name: &str) -> Result<CollaboratorRow, Problem> {
    let nobody = || Problem::not_found("collaborator");
    let who = names::collaborator(view, name)?.ok_or_else(nobody)?;
    let rows = whole(|page| view.collaborators(project, page))?;
    rows.into_iter().find(|row| row.collaborator == who).ok_or_else(nobody)
}

fn collaborator(view: &View, project: ResourceId, row: &CollaboratorRow) -> Result<Collaborator, ReadError> {
    Ok(Collaborator {
        project_id: project.to_string(),
        collaborator: names::name_of(view, row.collaborator)?.unwrap_or_default(),
        role: row.role.as_ref().to_owned(),
        created_by: names::account_name(view, row.added_by)?,
        updated_by: names::account_name(view, row.changed_by)?,
        created_at: iso(row.added_at),
        updated_at: iso(row.changed_at),
    })
}
