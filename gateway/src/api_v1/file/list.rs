//! `GET files/{project}/` and `GET files/metadata/{project}/{filename}/`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldlog_commands::file::{attachment_folders, is_attachment};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_projections::{VersionRow, View};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api_v1::openapi::schema::{Id, Moment, etag, last_modified as last_modified_schema, sha256};
use crate::api_v1::paging::Paging;
use crate::api_v1::time::{display, iso, last_modified};
use crate::api_v1::whole::whole;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// A file as the clients read it. `md5sum` is the ETag that all of them compare.
#[derive(Serialize, JsonSchema)]
pub struct File {
    /// The path in the project.
    name: String,
    size: u64,
    /// When its oldest version was uploaded.
    #[schemars(with = "Moment")]
    uploaded_at: String,
    /// Whether it is in one of the project's folders of attachments.
    is_attachment: bool,
    #[schemars(schema_with = "etag")]
    md5sum: String,
    #[schemars(schema_with = "last_modified_schema")]
    last_modified: String,
    #[schemars(schema_with = "sha256")]
    sha256: String,
    /// Newest first.
    versions: Vec<Version>,
}

/// A version of a file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FileVersion")]
struct Version {
    #[schemars(with = "Id")]
    version_id: String,
    #[schemars(schema_with = "etag")]
    md5sum: String,
    size: u64,
    #[schemars(with = "Moment")]
    uploaded_at: String,
    /// A name for people.
    #[schemars(regex(pattern = r"^v\d{14}$"))]
    display: String,
    is_latest: bool,
    #[schemars(schema_with = "last_modified_schema")]
    last_modified: String,
    #[schemars(schema_with = "sha256")]
    sha256: String,
}

/// Lists the files of a project with their versions, newest first.
pub async fn list(
    State(gateway): State<Gateway>,
    Path(project): Path<ResourceId>,
    paging: Paging,
) -> Result<Response, Problem> {
    let view = gateway.app().view().pinned()?;
    let asked = paging.asked().to_owned();
    let make = move |view: &View| {
        let folders = attachment_folders(view, project)?;
        let versions = view.all_versions(project)?;
        Ok(paging.of(versions.chunk_by(|one, other| one.file == other.file).map(|of| file(of, &folders)).collect()))
    };
    // It is the same list for everybody who may see it, and the guard has asked.
    gateway.kept_answers().answer(view, AccountId::default(), asked, make).await
}

/// One item of the list.
pub async fn metadata(
    State(gateway): State<Gateway>,
    Path((project, name)): Path<(ResourceId, String)>,
) -> Result<Json<File>, Problem> {
    let view = gateway.app().view().pinned()?;
    let nothing = || Problem::not_found("file");
    let path = FilePath::try_new(&name).map_err(|_| nothing())?;
    let found = view.file(project, &path)?.ok_or_else(nothing)?;
    let mut versions = whole(|page| view.versions(found.id, page))?;
    versions.retain(|version| !version.is_purged);
    Ok(Json(file(&versions, &attachment_folders(&view, project)?)))
}

/// Of its versions, newest first; there is at least one.
fn file(versions: &[VersionRow], attachment_folders: &[String]) -> File {
    let (newest, oldest) = (&versions[0], &versions[versions.len() - 1]);
    let name = newest.path.to_string();
    File {
        is_attachment: is_attachment(attachment_folders, &name),
        name,
        size: newest.size,
        uploaded_at: iso(oldest.added_at),
        md5sum: newest.etag.clone(),
        last_modified: last_modified(newest.added_at),
        sha256: newest.digest.to_hex(),
        versions: versions.iter().map(|row| version(row, newest)).collect(),
    }
}

fn version(row: &VersionRow, newest: &VersionRow) -> Version {
    Version {
        version_id: row.id.to_string(),
        md5sum: row.etag.clone(),
        size: row.size,
        uploaded_at: iso(row.added_at),
        display: display(row.added_at),
        is_latest: row.id == newest.id,
        last_modified: last_modified(row.added_at),
        sha256: row.digest.to_hex(),
    }
}
