//! Packages (section 3.8): what devices download. The last one that was finished counts, whatever became of later ones.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldlog_commands::file::{attachment_folders, is_attachment};
use fieldlog_domain::ResourceId;
use fieldlog_domain::job::JobOutput;
use fieldlog_domain::shared::spelling;
use fieldlog_projections::{JobRow, VersionRow};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::dialect::{forbidden, never_packaged};
use super::file::download::{self, Which, check_range};
use super::openapi::schema::{
    Id, Moment, etag as etag_schema, last_modified as last_modified_schema, sha256 as sha256_schema,
};
use super::query::Query;
use super::time::{iso, last_modified};
use crate::files::asked::Asked;
use crate::files::conditional::Validators;
use crate::files::disposition;
use crate::files::send::Sent;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::Problem;

/// A package as the clients read it.
#[derive(Serialize, JsonSchema)]
pub struct Package {
    files: Vec<PackagedFile>,
    /// What QGIS found out about the project's layers, by their ids.
    #[schemars(with = "BTreeMap<String, Map<String, Value>>")]
    layers: Value,
    status: &'static str,
    /// The id of the job that made it.
    #[schemars(with = "Id")]
    package_id: String,
    #[schemars(with = "Moment")]
    packaged_at: String,
    #[schemars(with = "Option<Moment>")]
    data_last_updated_at: Option<String>,
}

/// A file of a package, or an attachment beside it.
#[derive(Serialize, JsonSchema)]
struct PackagedFile {
    name: String,
    size: u64,
    #[schemars(with = "Moment")]
    uploaded_at: String,
    is_attachment: bool,
    #[schemars(schema_with = "etag_schema")]
    md5sum: String,
    #[schemars(schema_with = "last_modified_schema")]
    last_modified: String,
    #[schemars(schema_with = "sha256_schema")]
    sha256: String,
}

/// `GET packages/{project}/latest/`: the files of the last package, and the attachments as they are now.
pub async fn latest(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
) -> Result<Json<Package>, Problem> {
    let view = gateway.app().view().pinned()?;
    let job = view.latest_package(project, caller.viewer.account)?.ok_or_else(never_packaged)?;
    let folders = attachment_folders(&view, project)?;
    let mut files: Vec<_> = job.outputs.iter().map(|output| made(&job, output)).collect();
    let current = view.all_current_versions(project)?;
    files.extend(current.iter().filter(|version| is_attachment(&folders, version.path.as_str())).map(attachment));
    if files.is_empty() {
        return Err(never_packaged());
    }
    let feedback = view.job_feedback(job.id)?.unwrap_or_default();
    let layers = feedback.pointer("/outputs/qgis_layers_data/layers_by_id");
    let row = view.resource(project)?.ok_or_else(|| Problem::not_found("project"))?;
    Ok(Json(Package {
        files,
        layers: layers.filter(|layers| layers.is_object()).cloned().unwrap_or_else(|| json!({})),
        status: "finished",
        package_id: job.id.to_string(),
        packaged_at: iso(job.claimed_at.unwrap_or(job.requested_at)),
        data_last_updated_at: row.data_changed_at.map(iso),
    }))
}

/// `GET packages/{project}/latest/files/{filename}/`: an attachment as it is now, anything else as it was packaged.
pub async fn download(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((project, name)): Path<(ResourceId, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let view = gateway.app().view();
    let job = view.latest_package(project, caller.viewer.account)?.ok_or_else(never_packaged)?;
    if is_attachment(&attachment_folders(&view, project)?, &name) {
        let (path, current) = (Path((project, name)), Query(Which::default()));
        return download::download(State(gateway), caller, path, current, asked).await;
    }
    let output = find(&job.outputs, &name);
    let output = output.ok_or_else(|| Problem::not_found("file in the package"))?;
    check_range(&asked.headers, output.size)?;
    let sent = Sent {
        digest: output.digest,
        validators: Validators { etag: etag(output), modified: job.ended_at.unwrap_or(job.requested_at) },
        size: output.size,
        media_type: output.media_type.clone(),
        disposition: disposition::attachment(output.name.rsplit('/').next().unwrap_or(&output.name)),
    };
    sent.answer(&gateway, &asked).await
}

/// `POST packages/{project}/{job}/files/{filename}/`: workers of the original bring packages this way; ours do not.
pub async fn upload() -> Problem {
    forbidden()
}

/// The file of a package with exactly this name, else the one whose name is only written otherwise.
fn find<'a>(outputs: &'a [JobOutput], name: &str) -> Option<&'a JobOutput> {
    let exact = outputs.iter().find(|output| output.name == name);
    exact.or_else(|| {
        let key = spelling::key(name);
        outputs.iter().find(|output| spelling::key(&output.name) == key)
    })
}

fn etag(output: &JobOutput) -> String {
    output.etag.clone().unwrap_or_else(|| output.digest.to_hex())
}

fn made(job: &JobRow, output: &JobOutput) -> PackagedFile {
    let at = job.ended_at.unwrap_or(job.requested_at);
    PackagedFile {
        name: output.name.clone(),
        size: output.size,
        uploaded_at: iso(at),
        is_attachment: false,
        md5sum: etag(output),
        last_modified: last_modified(at),
        sha256: output.digest.to_hex(),
    }
}

fn attachment(version: &VersionRow) -> PackagedFile {
    PackagedFile {
        name: version.path.to_string(),
        size: version.size,
        uploaded_at: iso(version.added_at),
        is_attachment: true,
        md5sum: version.etag.clone(),
        last_modified: last_modified(version.added_at),
        sha256: version.digest.to_hex(),
    }
}
