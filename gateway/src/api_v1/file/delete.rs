//! `DELETE files/{project}/{filename}/`: a whole file, or one version named in the query or in a header.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use fieldlog_commands::CommandError;
use fieldlog_commands::file::{self as commands, FileChangeRefusal};
use fieldlog_domain::{ResourceId, VersionId};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api_v1::dialect::{nothing_to_delete, of_deletion, validation_error};
use crate::api_v1::openapi::schema::Id;
use crate::api_v1::query::Query;
use crate::files::upload::{of_resource, restricted};
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

const VERSION: &str = "x-file-version";

/// Which version; none: all of them.
#[derive(Deserialize, JsonSchema)]
pub struct Which {
    /// The id of a version.
    #[schemars(with = "Option<Id>")]
    version: Option<String>,
}

/// Deletes a file or one version of it.
pub async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((resource, path)): Path<(ResourceId, String)>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let in_header = headers.get(VERSION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // An empty one in the query is no wish to delete all of them.
    let version = which.version.or(in_header.filter(|text| !text.is_empty()));
    let version = version.map(|text| text.parse::<VersionId>()).transpose();
    let version = version.map_err(|_| validation_error("version: expected the UUID of a version"))?;
    let app = gateway.app();
    let done = match version {
        None => {
            let command = commands::DeleteFile { command_id: None, resource, path };
            commands::delete_file(app, &caller.viewer, command).await
        }
        Some(version) => {
            let command = commands::DeleteVersion { command_id: None, resource, path, version };
            commands::delete_version(app, &caller.viewer, command).await
        }
    };
    let done = done.map_err(refused)?;
    let receipt = done.receipt.ok_or_else(nothing_to_delete)?;
    app.wait_for(Some(receipt), gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(error: CommandError<FileChangeRefusal>) -> Problem {
    match error {
        // A name that cannot be is the name of nothing.
        CommandError::Invalid { .. } => nothing_to_delete(),
        error => of_command(error, |refusal| match refusal {
            FileChangeRefusal::Restricted => restricted(refusal.to_string()),
            FileChangeRefusal::Resource(refusal) => of_resource(&refusal),
            FileChangeRefusal::File(refusal) => of_deletion(&refusal),
        }),
    }
}
