//! `PUT /files/{resource}/{path}`: a new version of a file, streamed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldlog_commands::file::{UploadFile, UploadRefusal, UploadedVersion, upload_file};
use fieldlog_domain::file::FileRefusal;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::{CommandId, ResourceId};
use fieldlog_storage::Expected;
use futures::{Stream, StreamExt};
use serde::Serialize;

use super::digest_headers::SentDigests;
use super::download::bad_path;
use super::url;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};
use crate::http::timeout::{BoxError, IdleTimeout};
use crate::metrics;

/// What an upload made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    version: String,
    file: String,
    path: String,
    sha256: String,
    etag: String,
    size: u64,
    media_type: String,
    download_url: String,
    position: String,
}

/// Uploads a new version of a file. Nothing of the body is read before it is known that it may be taken.
pub async fn upload(
    State(gateway): State<Gateway>,
    caller: Caller,
    path: Result<Path<(ResourceId, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Path((resource, path)) = path.map_err(bad_path)?;
    let input = UploadFile {
        command_id: idempotency_key(&headers)?,
        resource,
        path: path.clone(),
        expected: expected(&gateway, &headers)?,
        media_type: media_type(&headers)?,
        refuses_unreadable: false,
    };
    let is_too_large = Arc::new(AtomicBool::new(false));
    let body = watched(&gateway, body, is_too_large.clone());
    let done = upload_file(gateway.app(), &caller.viewer, input, body).await;
    if is_too_large.load(Ordering::Relaxed) {
        return Err(too_large(limit(&gateway)));
    }
    let done = done.map_err(|error| of_command(error, refused))?;
    let waited = gateway.app().wait_for(done.receipt, gateway.options().catch_up_timeout).await;
    let position = waited.map_err(behind)?.to_string();
    metrics::uploaded(done.value.size);
    created(&gateway, resource, &done.value, position)
}

fn created(
    gateway: &Gateway,
    resource: ResourceId,
    made: &UploadedVersion,
    position: String,
) -> Result<Response, Problem> {
    let location = gateway.url(&url(resource, &made.path, Some(made.version)));
    let uploaded = Uploaded {
        version: made.version.to_string(),
        file: made.file.to_string(),
        path: made.path.to_string(),
        sha256: made.digest.to_hex(),
        etag: made.etag.clone(),
        size: made.size,
        media_type: made.media_type.clone(),
        download_url: location.clone(),
        position,
    };
    let mut response = (StatusCode::CREATED, Json(uploaded)).into_response();
    for (name, value) in [(header::LOCATION, location), (header::ETAG, format!("\"{}\"", made.etag))] {
        response.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(|_| Problem::internal())?);
    }
    Ok(response)
}

/// What the client says about the body. One that is announced as too large is refused before it is read.
fn expected(gateway: &Gateway, headers: &HeaderMap) -> Result<Expected, Problem> {
    let SentDigests { sha256, md5 } = SentDigests::read(headers)?;
    let size = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let limit = limit(gateway);
    match size {
        Some(size) if size > limit => Err(too_large(limit)),
        size => Ok(Expected { sha256, md5, size }),
    }
}

/// A generic type says nothing, so the name decides then.
fn media_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| text.len() <= 255 && text.contains('/'));
    let text = text.ok_or_else(|| {
        Problem::bad_request("bad_content_type", format!("expected a media type such as image/jpeg, found {value:?}"))
    })?;
    let is_generic = matches!(text, "application/octet-stream" | "application/x-www-form-urlencoded" | "*/*");
    Ok((!is_generic).then(|| text.to_owned()))
}

/// The most bytes a file may have: what the gateway takes, and what the rules allow.
pub fn limit(gateway: &Gateway) -> u64 {
    gateway.options().upload_limit.min(gateway.app().settings().upload_limit)
}

/// The body, ended when it stands still or grows too large.
pub fn watched(
    gateway: &Gateway,
    body: Body,
    is_too_large: Arc<AtomicBool>,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + use<> {
    let (limit, mut received) = (limit(gateway), 0_u64);
    let pieces = IdleTimeout::new(body.into_data_stream(), gateway.options().idle_timeout);
    pieces.map(move |piece| {
        let piece = piece?;
        received = received.saturating_add(piece.len() as u64);
        if received > limit {
            is_too_large.store(true, Ordering::Relaxed);
            return Err("the file is too large".into());
        }
        Ok(piece)
    })
}

/// `Idempotency-Key`: the client's name for the command.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<CommandId>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| text.trim_matches('"').parse().ok());
    id.map(Some).ok_or_else(|| {
        Problem::bad_request("bad_idempotency_key", format!("Idempotency-Key: expected a UUID, found {value:?}"))
    })
}

/// Why an upload was not taken, as an answer.
pub fn refused(refusal: UploadRefusal) -> Problem {
    let message = refusal.to_string();
    match refusal {
        UploadRefusal::Restricted => restricted(message),
        UploadRefusal::Resource(refusal) => of_resource(&refusal),
        UploadRefusal::File(refusal) => of_file(&refusal),
        UploadRefusal::NotReadable => Problem::bad_request("invalid_qgis_project_file", message),
        UploadRefusal::OverQuota { .. } => Problem::new(StatusCode::PAYMENT_REQUIRED, "over_quota", message),
        UploadRefusal::UnknownPlan(_) => {
            Problem::new(StatusCode::FORBIDDEN, "permission_denied_plan_insufficient", message)
        }
        UploadRefusal::TooLarge { limit } => too_large(limit),
        UploadRefusal::DigestMismatch { .. } => Problem::bad_request("digest_mismatch", message),
        UploadRefusal::SizeMismatch { .. } => Problem::bad_request("size_mismatch", message),
        UploadRefusal::BodyBrokeOff { .. } => Problem::bad_request("upload_broke_off", message),
        UploadRefusal::NoSpace => Problem::new(StatusCode::INSUFFICIENT_STORAGE, "no_space", message).retry_after(60),
    }
}

/// Somebody who is no manager wants to change what only managers change here.
pub fn restricted(message: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "restricted_project_modification", message)
}

/// More bytes than a file may have.
pub fn too_large(limit: u64) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", format!("a file has at most {limit} bytes"))
}

/// A rule of the resource as an answer.
pub fn of_resource(refusal: &ResourceRefusal) -> Problem {
    let message = refusal.to_string();
    match refusal {
        ResourceRefusal::NoSuchResource | ResourceRefusal::NoSuchRevision(_) => Problem::not_found("resource"),
        ResourceRefusal::Retired => Problem::new(StatusCode::CONFLICT, "resource_retired", message),
        ResourceRefusal::SecondProjectFile { .. } => Problem::bad_request("multiple_projects", message),
        ResourceRefusal::NoProjectFile => Problem::bad_request("no_qgis_project", message),
        ResourceRefusal::AlreadyRegistered
        | ResourceRefusal::Abandoned
        | ResourceRefusal::DescriptionTooLong { .. }
        | ResourceRefusal::OwnerIsNoCollaborator
        | ResourceRefusal::AlreadyACollaborator(_)
        | ResourceRefusal::NotACollaborator(_)
        | ResourceRefusal::NotAProject(_)
        | ResourceRefusal::NotAProjectFile(_)
        | ResourceRefusal::ProjectFileInSharedDatasets
        | ResourceRefusal::SharedDatasetsKeepsItsName
        | ResourceRefusal::PublicRoleTooStrong(_)
        | ResourceRefusal::KeepVersions { .. } => Problem::bad_request("validation_error", message),
    }
}

/// A rule of the file as an answer.
pub fn of_file(refusal: &FileRefusal) -> Problem {
    let message = refusal.to_string();
    match refusal {
        FileRefusal::NoSuchFile => Problem::not_found("file"),
        FileRefusal::NoSuchVersion(_) => Problem::not_found("version"),
        FileRefusal::Collides { .. } => Problem::new(StatusCode::CONFLICT, "collides", message),
        FileRefusal::LastVersion => Problem::bad_request("explicit_deletion_of_last_version", message),
        FileRefusal::VersionIsCurrent(_) => Problem::new(StatusCode::CONFLICT, "version_is_current", message),
        FileRefusal::NotAlone { .. } => Problem::new(StatusCode::CONFLICT, "not_alone", message),
        FileRefusal::PartNotKept { .. } => Problem::new(StatusCode::CONFLICT, "part_not_kept", message),
        FileRefusal::ChangedMeanwhile(_) => Problem::new(StatusCode::CONFLICT, "changed_meanwhile", message),
    }
}
