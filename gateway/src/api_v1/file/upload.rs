//! `POST files/{project}/{filename}/`: one part named `file` among others, streamed into storage.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldlog_commands::file::{UploadFile, UploadRefusal, upload_file};
use fieldlog_domain::ResourceId;
use fieldlog_domain::file::FileRefusal;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::shared::FilePath;
use fieldlog_storage::Expected;
use futures::{Stream, StreamExt};
use multer::{Field, Multipart};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api_v1::dialect::validation_error;
use crate::files::upload::{refused, too_large, watched};
use crate::files::{self, encode};
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};
use crate::http::timeout::BoxError;
use crate::metrics;

/// What an upload answers with: nothing yet.
#[derive(Serialize, JsonSchema)]
pub struct Uploaded {}

/// Takes a new version of a file. What the part says of its name and type does not matter: devices send what they like.
pub async fn upload(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((resource, path)): Path<(ResourceId, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let is_too_large = Arc::new(AtomicBool::new(false));
    let body = watched(&gateway, body, is_too_large.clone());
    let found = file_part(&headers, body).await;
    if is_too_large.load(Ordering::Relaxed) {
        return Err(too_large(files::upload::limit(&gateway)));
    }
    let (multipart, field) = found?;
    let input = UploadFile {
        command_id: None,
        resource,
        path,
        expected: Expected::default(),
        media_type: None,
        refuses_unreadable: true,
    };
    let has_second = Arc::new(AtomicBool::new(false));
    let content = content(multipart, field, has_second.clone());
    let done = upload_file(gateway.app(), &caller.viewer, input, content).await;
    if is_too_large.load(Ordering::Relaxed) {
        return Err(too_large(files::upload::limit(&gateway)));
    }
    if has_second.load(Ordering::Relaxed) {
        return Err(Problem::bad_request("multiple_contents", "expected one part named file, found several"));
    }
    let done = done.map_err(|error| of_command(error, of_upload))?;
    gateway.app().wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    metrics::uploaded(done.value.size);
    created(resource, &done.value.path)
}

fn created(resource: ResourceId, path: &FilePath) -> Result<Response, Problem> {
    let segments: Vec<String> = path.as_str().split('/').map(encode).collect();
    let location = format!("/api/v1/files/{resource}/{}/", segments.join("/"));
    let mut response = (StatusCode::CREATED, Json(Uploaded {})).into_response();
    let location = HeaderValue::from_str(&location).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// No part has a file.
fn empty_content() -> Problem {
    Problem::bad_request("empty_content", "expected multipart/form-data with a file in a part named file, found none")
}

/// Skips to the part with the file. Whatever comes before it does not matter.
pub async fn file_part(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
) -> Result<(Multipart<'static>, Field<'static>), Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| empty_content())?;
    let mut multipart = Multipart::new(body, boundary);
    loop {
        match multipart.next_field().await {
            Ok(Some(field)) if is_file(&field) => return Ok((multipart, field)),
            Ok(Some(_)) => {}
            Ok(None) => return Err(empty_content()),
            Err(error) => {
                return Err(Problem::bad_request("upload_broke_off", format!("expected multipart/form-data: {error}")));
            }
        }
    }
}

/// A part without a file name is a plain form field.
fn is_file(field: &Field<'_>) -> bool {
    field.name() == Some("file") && field.file_name().is_some()
}

/// The bytes of the file. The body is read to its end before they end: nothing is kept when there is a second file, or when the
/// rest does not come.
fn content(
    multipart: Multipart<'static>,
    field: Field<'static>,
    has_second: Arc<AtomicBool>,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
    let state = Some((multipart, Some(field), has_second));
    futures::stream::unfold(state, |state| async move {
        let (mut multipart, mut field, has_second) = state?;
        loop {
            let Some(mut current) = field.take() else {
                match multipart.next_field().await {
                    Ok(None) => return None,
                    Ok(Some(next)) if is_file(&next) => {
                        has_second.store(true, Ordering::Relaxed);
                        return Some((Err("a second file".into()), None));
                    }
                    Ok(Some(_)) => continue,
                    Err(error) => return Some((Err(error.into()), None)),
                }
            };
            match current.chunk().await {
                Ok(Some(bytes)) => return Some((Ok(bytes), Some((multipart, Some(current), has_second)))),
                Ok(None) => {}
                Err(error) => return Some((Err(error.into()), None)),
            }
        }
    })
    .boxed()
}

fn of_upload(refusal: UploadRefusal) -> Problem {
    match refusal {
        UploadRefusal::File(FileRefusal::Collides { .. })
        | UploadRefusal::Resource(ResourceRefusal::ProjectFileInSharedDatasets) => {
            validation_error(refusal.to_string())
        }
        refusal => refused(refusal),
    }
}
