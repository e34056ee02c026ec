//! Request ids: taken from the client or made here, in every answer, log line and event of the request.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use fieldlog_domain::CorrelationId;
use uuid::Uuid;

/// The header that carries it, both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id and its answer the same.
pub async fn request_id(mut request: Request, next: Next) -> Response {
    let id = correlation_id(request.headers());
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

/// The client's id when it is a UUID, because events store it as one; a new one otherwise.
pub fn correlation_id(headers: &HeaderMap) -> CorrelationId {
    let sent = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|text| text.parse().ok());
    sent.unwrap_or_else(|| CorrelationId(Uuid::now_v7()))
}
