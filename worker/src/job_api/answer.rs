//! Answers that are errors, in the words the clients know (QFieldCloud reference, section 1.2).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a container is not given what it asked for.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// The token opens nothing, or nothing any more.
    pub(super) fn bad_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "token_authentication_failed", "Token authentication failed")
    }

    /// The job has no need of it.
    pub(super) fn not_of_this_job() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "permission_denied",
            "Permission denied: a job's token is for its own job only",
        )
    }

    /// There is no such thing.
    pub(super) fn no(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "object_not_found", format!("there is no such {what}"))
    }

    /// What was sent makes no sense.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// More bytes than a container may write into one file.
    pub(super) fn too_large(limit: u64) -> Self {
        let message = format!("expected at most {limit} bytes in one file, found more");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

/// The disk's trouble, which is for the log only.
impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        tracing::warn!(%error, "a container's request met trouble at the disk");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the job's files cannot be used at the moment")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "code": self.code, "message": self.message }))).into_response()
    }
}
