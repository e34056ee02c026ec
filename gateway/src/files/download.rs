//! `GET` and `HEAD /files/{resource}/{path}?version=&asOf=`

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use fieldlog_commands::file::{FindFile, find_file};
use fieldlog_domain::{ResourceId, VersionId};
use serde::Deserialize;

use super::asked::Asked;
use super::conditional::Validators;
use super::send::Sent;
use super::{disposition, moment};
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::{Problem, of_command};

/// Which state of the file.
#[derive(Deserialize)]
pub struct Which {
    version: Option<String>,
    #[serde(rename = "asOf")]
    as_of: Option<String>,
}

/// Downloads a file: what is current for the viewer, a given version, or what was current at a moment.
pub async fn download(
    State(gateway): State<Gateway>,
    caller: Caller,
    path: Result<Path<(ResourceId, String)>, PathRejection>,
    which: Result<Query<Which>, QueryRejection>,
    asked: Asked,
) -> Result<Response, Problem> {
    let Path((resource, path)) = path.map_err(bad_path)?;
    let Query(which) = which.map_err(|error| Problem::bad_request("bad_request", error.body_text()))?;
    let version = which.version.as_deref().map(read_version).transpose()?;
    let app = gateway.app();
    let view = moment::view(app, which.as_of.as_deref()).await?;
    let input = FindFile { resource, path, version };
    let found =
        find_file(app, &caller.viewer, &view, input).map_err(|error| of_command(error, |never| match never {}))?;
    let sent = Sent {
        digest: found.digest,
        validators: Validators { etag: found.etag, modified: found.added_at },
        size: found.size,
        media_type: found.media_type,
        disposition: disposition::attachment(found.path.file_name()),
    };
    sent.answer(&gateway, &asked).await
}

fn read_version(text: &str) -> Result<VersionId, Problem> {
    let message = || format!("version: expected the UUID of a version, found {text:?}");
    text.strip_prefix("version-").unwrap_or(text).parse().map_err(|_| Problem::bad_request("bad_version", message()))
}

/// A path that is no UTF-8.
pub fn bad_path(rejection: PathRejection) -> Problem {
    Problem::bad_request("bad_path", rejection.body_text())
}
