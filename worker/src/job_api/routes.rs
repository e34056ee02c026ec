//! The few routes that such images use.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_util::io::ReaderStream;

use super::answer::Refusal;
use super::received::Received;
use super::{Desk, Desks};

/// All of them, each behind the token.
pub(super) fn all(desks: Desks) -> Router {
    let router = Router::new()
        .route("/api/v1/files/{project}/{*name}", get(download).post(bring_file))
        .route("/api/v1/packages/{project}/{job}/files/{*name}", post(bring_packaged));
    let router = with_and_without_slash(router, "/api/v1/projects/{project}", get(project));
    let router = with_and_without_slash(router, "/api/v1/projects/{project}/seed", get(seed));
    let router = with_and_without_slash(router, "/api/v1/projects/{project}/seed/xlsform", get(form));
    let router = with_and_without_slash(router, "/api/v1/projects/{project}/thumbnail", post(bring_thumbnail));
    let router = with_and_without_slash(router, "/api/v1/files/{project}", get(list));
    router
        .fallback(|| async { Refusal::not_of_this_job() })
        .method_not_allowed_fallback(|| async { Refusal::not_of_this_job() })
        .layer(middleware::from_fn_with_state(desks, admit))
}

fn with_and_without_slash(router: Router, path: &str, method: MethodRouter) -> Router {
    router.route(path, method.clone()).route(&format!("{path}/"), method)
}

/// Lets in whoever has a token that is good now.
async fn admit(State(desks): State<Desks>, mut request: Request, next: Next) -> Response {
    match token(request.headers()).and_then(|token| desks.find(token)) {
        Some(desk) => {
            request.extensions_mut().insert(desk);
            next.run(request).await
        }
        None => Refusal::bad_token().into_response(),
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// The desk of whoever asks, who asks for the project that it is about.
struct Own(Arc<Desk>);

impl<S: Send + Sync> FromRequestParts<S> for Own {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let desk = parts.extensions.get::<Arc<Desk>>().cloned().ok_or_else(Refusal::bad_token)?;
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let named = named.map_err(|_| Refusal::not_of_this_job())?;
        let project = named.iter().find(|(name, _)| name == "project").map(|(_, project)| project.as_str());
        desk.about(project.unwrap_or_default())?;
        Ok(Self(desk))
    }
}

async fn project(Own(desk): Own) -> Json<Value> {
    Json(desk.project.clone())
}

async fn seed(Own(desk): Own) -> Result<Json<Value>, Refusal> {
    desk.seed.clone().map(Json).ok_or_else(|| Refusal::no("seed"))
}

async fn form(Own(desk): Own) -> Result<Response, Refusal> {
    let (name, place) = desk.form()?;
    let content = tokio::fs::read(place).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, content).into_response())
}

async fn list(Own(desk): Own) -> Result<Json<Vec<Value>>, Refusal> {
    desk.list().await.map(Json)
}

async fn download(Own(desk): Own, Path((_, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let found = desk.file(without_slash(&name))?;
    let opened = tokio::task::spawn_blocking(move || {
        let file = found.open()?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    });
    let opened: std::io::Result<_> = opened.await.map_err(std::io::Error::other)?;
    let (file, metadata) = match opened {
        Ok((file, metadata)) if metadata.is_file() => (file, metadata),
        Ok(_) => return Err(Refusal::no("file")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Refusal::no("file")),
        Err(error) => return Err(error.into()),
    };
    let body = ReaderStream::with_capacity(tokio::fs::File::from_std(file), 256 * 1024);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, metadata.len().to_string()),
    ];
    Ok((headers, axum::body::Body::from_stream(body)).into_response())
}

async fn bring_file(
    Own(desk): Own,
    Path((project, name)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    let place = desk.place_of_file(without_slash(&name))?;
    let received = Received::from(request, "file", &desk.inbox(), desk.file_bytes).await?;
    desk.take(&received, place).await?;
    let location = format!("/api/v1/files/{project}/");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(json!({}))).into_response())
}

async fn bring_packaged(
    Own(desk): Own,
    Path((_, job, name)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    let name = without_slash(&name);
    let place = desk.place_of_packaged(&job, name)?;
    let received = Received::from(request, "file", &desk.inbox(), desk.file_bytes).await?;
    desk.take(&received, place).await?;
    let (size, md5, sha256) = (received.size, &received.md5, received.sha256.to_hex());
    let answer = json!({ "name": name, "size": size, "sha256": sha256, "md5sum": md5 });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn bring_thumbnail(Own(desk): Own, request: Request) -> Result<StatusCode, Refusal> {
    let place = desk.place_of_thumbnail()?;
    let received = Received::from(request, "thumbnail", &desk.inbox(), desk.file_bytes).await?;
    desk.take(&received, place).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn without_slash(name: &str) -> &str {
    name.strip_suffix('/').unwrap_or(name)
}
