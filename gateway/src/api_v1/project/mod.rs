//! Projects and who works on them (sections 3.3 and 3.4).

pub mod change;
pub mod collaborators;
pub mod create;
pub mod list;
mod object;
pub mod seed;
pub mod settings;
pub mod thumbnail;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fieldlog_commands::plan::check_role_counts;
use fieldlog_commands::project::{self as commands, RetireProject};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_projections::{ProjectRow, View};

pub use object::Project;

use super::dialect::{never, of_rules};
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::Problem;

/// `GET projects/{id}/`: what lists show is forbidden here when the owner's plan allows fewer people to work on it (section 5.1).
pub async fn get(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
) -> Result<Json<Project>, Problem> {
    check_role_counts(gateway.app(), &caller.viewer, project).map_err(never)?;
    let view = gateway.app().view().pinned()?;
    let row = shown(&view, project, caller.viewer.account.unwrap_or_default())?;
    let looked_at = row.resource.ready.filter(|_| row.role.is_some_and(|role| role.role >= Role::Manager));
    let details = looked_at.map(|revision| view.details(revision)).transpose()?.flatten();
    let project = Project::from(row);
    Ok(Json(match details {
        Some(details) => project.with_problems(details.problems),
        None => project,
    }))
}

/// A project as the viewer sees it now.
fn read(gateway: &Gateway, project: ResourceId, viewer: AccountId) -> Result<Project, Problem> {
    Ok(Project::from(shown(&gateway.app().view(), project, viewer)?))
}

fn shown(view: &View, project: ResourceId, viewer: AccountId) -> Result<ProjectRow, Problem> {
    let row = view.project(project, viewer)?.filter(|row| !row.resource.is_retired);
    row.ok_or_else(|| Problem::not_found("project"))
}

/// `DELETE projects/{id}/`: out of all lists; its jobs are stopped, its name is free, its history stays.
pub async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
) -> Result<StatusCode, Problem> {
    let app = gateway.app();
    let command = RetireProject { command_id: None, project };
    let done = commands::retire_project(app, &caller.viewer, command).await.map_err(of_rules)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}
