//! GraphQL over HTTP: POST for everything, GET for queries. The 61 audits of npm `graphql-http` run against it.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, Query, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::accept::MediaType;
use super::request::{GraphqlRequest, NotARequest};
use super::websocket;
use crate::gateway::Gateway;
use crate::graphql::execute::{Answer, Methods, execute};
use crate::http::credentials::Caller;
use crate::http::problem::Problem;

/// `POST /graphql`
pub async fn post(
    State(gateway): State<Gateway>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let media_type = negotiate(&headers)?;
    // Browsers send JSON to other origins only after asking (CORS), so no page can post for somebody.
    if !is_json(&headers) {
        let message = "expected the content type application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    }
    let body = body.map_err(|_| {
        let limit = gateway.options().json_body_limit;
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("a body has at most {limit} bytes"))
    })?;
    let request = GraphqlRequest::from_json(&body).map_err(malformed)?;
    Ok(respond(media_type, execute(&gateway, caller, request, Methods::All).await))
}

/// `GET /graphql`: a query in the URL, or the beginning of a WebSocket.
pub async fn get(State(gateway): State<Gateway>, caller: Caller, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    if parts.headers.contains_key(header::UPGRADE) {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &gateway).await;
        let upgrade = upgrade.map_err(|error| Problem::bad_request("bad_upgrade", error.to_string()))?;
        return websocket::upgrade(gateway, caller, parts.headers, upgrade);
    }
    let media_type = negotiate(&parts.headers)?;
    let parameters = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let Query(parameters) = parameters.map_err(|error| Problem::bad_request("bad_request", error.body_text()))?;
    let request = GraphqlRequest::from_parameters(parameters).map_err(malformed)?;
    let answer = execute(&gateway, caller, request, Methods::QueriesOnly).await;
    let is_refused = answer.has_code("METHOD_NOT_ALLOWED");
    let mut response = respond(media_type, answer);
    if is_refused {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    Ok(response)
}

fn negotiate(headers: &HeaderMap) -> Result<MediaType, Problem> {
    MediaType::negotiate(headers).ok_or_else(|| {
        let message = "expected to accept application/graphql-response+json or application/json";
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message)
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    let charset = parts.find_map(|part| part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset")));
    is_json && charset.is_none_or(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

fn malformed(error: NotARequest) -> Problem {
    Problem::bad_request("bad_request", error.to_string())
}

fn respond(media_type: MediaType, answer: Answer) -> Response {
    let status = match (media_type, answer.was_executed) {
        (MediaType::Json, _) | (MediaType::GraphqlResponse, true) => StatusCode::OK,
        (MediaType::GraphqlResponse, false) => StatusCode::BAD_REQUEST,
    };
    let headers = [(header::CONTENT_TYPE, media_type.as_str()), (header::CACHE_CONTROL, "no-store")];
    (status, headers, answer.to_json()).into_response()
}
