//! `PUT` and `PATCH projects/{id}/`

use axum::Json;
use axum::extract::{Path, State};
use fieldlog_commands::project::{self as commands, ChangeProject};
use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::ChangeSettings;

use super::{Project, read, settings};
use crate::api_v1::account::names;
use crate::api_v1::dialect::of_project;
use crate::api_v1::fields::Fields;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::Problem;

/// Changes what the body names, all of it or nothing.
pub async fn change(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
    fields: Fields,
) -> Result<Json<Project>, Problem> {
    let app = gateway.app();
    let viewer = caller.viewer.account.unwrap_or_default();
    let before = app.view().resource(project)?.ok_or_else(|| Problem::not_found("project"))?;
    let owner = match fields.text("owner")?.filter(|owner| !owner.is_empty()) {
        None => None,
        Some(owner) => Some(names::account(&app.view(), &owner)?.ok_or_else(|| Problem::not_found("owner"))?.id),
    };
    let settings = match before.name.is_shared_datasets() {
        // Its type is a matter of its name.
        true => ChangeSettings { is_template: None, ..settings::settings(&fields)? },
        false => settings::settings(&fields)?,
    };
    let command = ChangeProject {
        command_id: None,
        project,
        name: fields.text("name")?,
        owner,
        description: fields.text("description")?,
        visibility: settings::visibility(&fields)?,
        settings,
    };
    let done = commands::change_project(app, &caller.viewer, command).await.map_err(of_project)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(Json(read(&gateway, project, viewer)?))
}
