//! `DELETE /files/{resource}/{path}?version=`

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use fieldlog_commands::file::{self as commands, FileChangeRefusal};
use fieldlog_domain::ResourceId;
use serde::Deserialize;
use uuid::Uuid;

use super::download::bad_path;
use super::upload::{idempotency_key, of_file, of_resource, restricted};
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

/// One version, or the whole file.
#[derive(Deserialize)]
pub struct Which {
    version: Option<Uuid>,
}

/// Deletes a file with all its versions, or one version of it.
pub async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    path: Result<Path<(ResourceId, String)>, PathRejection>,
    which: Result<Query<Which>, QueryRejection>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let Path((resource, path)) = path.map_err(bad_path)?;
    let Query(which) = which.map_err(|error| Problem::bad_request("bad_version", error.body_text()))?;
    let command_id = idempotency_key(&headers)?;
    let app = gateway.app();
    let done = match which.version {
        None => {
            let command = commands::DeleteFile { command_id, resource, path };
            commands::delete_file(app, &caller.viewer, command).await
        }
        Some(version) => {
            let command = commands::DeleteVersion { command_id, resource, path, version: version.into() };
            commands::delete_version(app, &caller.viewer, command).await
        }
    };
    let done = done.map_err(|error| of_command(error, refused))?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(refusal: FileChangeRefusal) -> Problem {
    match refusal {
        FileChangeRefusal::Restricted => restricted(refusal.to_string()),
        FileChangeRefusal::Resource(refusal) => of_resource(&refusal),
        FileChangeRefusal::File(refusal) => of_file(&refusal),
    }
}
