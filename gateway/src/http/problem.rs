//! The shape of an error: a status and `{"code", "message"}` (QFieldCloud reference, section 1.2).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldlog_commands::CommandError;
use fieldlog_projections::{ReadError, ReadModelError};
use fieldlog_storage::StorageError;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An error as a client sees it.
///
/// A 401 never carries `WWW-Authenticate`: QField would pop up a password dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// For programs.
    pub code: &'static str,
    /// For people: what was found and what was expected.
    pub message: String,
    /// Seconds after which trying again may help.
    pub retry_after: Option<u64>,
    /// What else a program may want to know.
    pub facts: Option<Value>,
}

impl Problem {
    /// An error with this status, code and text.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, facts: None }
    }

    /// The request makes no sense.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Nobody is logged in, and somebody has to be.
    pub fn not_authenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authenticated", "Not authenticated")
    }

    /// It is not there, or not there for this person.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "object_not_found", format!("there is no such {what}, or you may not see it"))
    }

    /// Something Fieldlog needs is away.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).retry_after(2)
    }

    /// Something is wrong in Fieldlog. What it was is logged and not told.
    pub fn internal() -> Self {
        let message = "something went wrong in the server; the request id helps its operator to find out what";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// Says when trying again may help.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says more, for programs.
    pub fn facts(mut self, facts: Value) -> Self {
        self.facts = Some(facts);
        self
    }
}

/// An error as it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Body {
    /// For programs.
    code: &'static str,
    /// For people: what was found and what was expected.
    message: String,
    /// What else a program may want to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Map<String, Value>")]
    facts: Option<Value>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body { code: self.code, message: self.message, facts: self.facts };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

const CHANGED: &str = "others changed it at the same time; please try again";
const AWAY: &str = "the service is not available at the moment; please try again";

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        tracing::error!(%error, "the read model cannot be read");
        Self::unavailable(AWAY)
    }
}

impl From<ReadModelError> for Problem {
    fn from(error: ReadModelError) -> Self {
        match error {
            ReadModelError::AfterHead { .. } => Self::bad_request("bad_moment", error.to_string()),
            ReadModelError::Unreadable { .. } => {
                tracing::error!(%error, "the log cannot be folded");
                Self::internal()
            }
            ReadModelError::Log(_)
            | ReadModelError::File { .. }
            | ReadModelError::Sqlite { .. }
            | ReadModelError::InUse(_)
            | ReadModelError::FoldedByAnother { .. }
            | ReadModelError::NoSuchProjection { .. }
            | ReadModelError::NothingToRebuild(_)
            | ReadModelError::Stopped(_) => {
                tracing::error!(%error, "the read model is away");
                Self::unavailable(AWAY)
            }
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "storage failed");
        match error.is_retryable() {
            true => Self::unavailable(AWAY),
            false => Self::internal(),
        }
    }
}

/// Everything but the refusals, which differ from one use case to the next.
pub fn of_command<R>(error: CommandError<R>, refused: impl FnOnce(R) -> Problem) -> Problem {
    match error {
        CommandError::Refused(refusal) => refused(refusal),
        CommandError::Invalid { field, message } => {
            Problem::bad_request("validation_error", format!("{field}: {message}")).facts(json!({ "field": field }))
        }
        CommandError::Unauthenticated => Problem::not_authenticated(),
        CommandError::Forbidden => Problem::new(StatusCode::FORBIDDEN, "permission_denied", "Permission denied"),
        CommandError::NotFound(what) => Problem::not_found(what),
        CommandError::Conflict => Problem::new(StatusCode::CONFLICT, "conflict", CHANGED).retry_after(1),
        CommandError::Unavailable(why) => {
            tracing::error!(why, "a part of the service is away");
            Problem::unavailable(AWAY)
        }
        CommandError::Damaged(why) => {
            tracing::error!(why, "something stored cannot be read");
            Problem::internal()
        }
    }
}
