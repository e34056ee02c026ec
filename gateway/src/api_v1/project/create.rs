//! `POST projects/`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fieldlog_commands::authz::{Action, ResourceAction};
use fieldlog_commands::project::{self as commands, CreateProject};
use fieldlog_domain::resource::{ProjectSettings, ResourceSource, Visibility};

use super::{Project, read, seed, settings};
use crate::api_v1::account::names;
use crate::api_v1::dialect::{hide_less, of_project};
use crate::api_v1::fields::Fields;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::Problem;

/// Creates a project of one's own or of an organization.
pub async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    fields: Fields,
) -> Result<(StatusCode, Json<Project>), Problem> {
    let app = gateway.app();
    let name = fields.required("name")?;
    let owner = match fields.text("owner")?.filter(|owner| !owner.is_empty()) {
        None => None,
        Some(owner) => Some(names::account(&app.view(), &owner)?.ok_or_else(|| Problem::not_found("owner"))?.id),
    };
    let source = seed::source(&gateway, &fields).await?;
    let original = match &source {
        ResourceSource::Copied { from, .. } => {
            let row = app.view().resource(*from)?.filter(|row| !row.is_retired);
            let row = row.ok_or_else(|| Problem::not_found("project to copy"))?;
            let may_read = app.authorise(&caller.viewer, Action::Resource(ResourceAction::ReadFiles, *from));
            may_read.map_err(hide_less)?;
            Some(row)
        }
        ResourceSource::Created | ResourceSource::Seeded { .. } => None,
    };
    // What is not sent is as it is in the original.
    let (description, visibility, usual) = match original {
        Some(row) => (row.description, row.visibility, ProjectSettings { is_template: false, ..row.settings }),
        None => (String::new(), Visibility::Private, ProjectSettings::default()),
    };
    let command = CreateProject {
        command_id: None,
        owner,
        name,
        description: fields.text("description")?.unwrap_or(description),
        visibility: settings::visibility(&fields)?.unwrap_or(visibility),
        settings: settings::settings(&fields)?.applied_to(&usual),
        source,
    };
    let done = commands::create_project(app, &caller.viewer, command).await.map_err(of_project)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let viewer = caller.viewer.account.unwrap_or_default();
    Ok((StatusCode::CREATED, Json(read(&gateway, done.value, viewer)?)))
}
