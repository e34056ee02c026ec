//! What went wrong in a field, as a GraphQL error: a code for programs, a text for people.

use async_graphql::{Error, ErrorExtensionValues};
use fieldlog_commands::CommandError;
use fieldlog_commands::authz::Denied;
use fieldlog_eventlog::{LogError, Position};
use fieldlog_projections::{Behind, ReadError, ReadModelError};
use fieldlog_storage::StorageError;

/// A field's error.
///
/// It has no `Display` on purpose: async-graphql would turn anything that has one into an error with that text, and an error
/// of the log or the model would tell clients what they should not know. Conversions into this type choose the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Where the model is, when it is behind.
    pub position: Option<Position>,
}

const AWAY: &str = "the service is not available at the moment; please try again";
const BROKEN: &str = "something went wrong in the server; the request id helps its operator to find out what";

impl Failure {
    /// With this code and text.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None }
    }

    /// An argument is not what it should be.
    pub fn bad_argument(message: impl Into<String>) -> Self {
        Self::new("BAD_USER_INPUT", message)
    }

    /// Something is away; `why` is for the log only.
    pub fn unavailable(why: impl std::fmt::Display) -> Self {
        tracing::error!(%why, "a part of the service is away");
        Self::new("UNAVAILABLE", AWAY)
    }

    /// Something is broken; `why` is for the log only.
    pub fn internal(why: impl std::fmt::Display) -> Self {
        tracing::error!(%why, "a field failed");
        Self::new("INTERNAL", BROKEN)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", failure.code);
        if let Some(position) = failure.position {
            extensions.set("position", position.to_string());
            extensions.set("retryAfterSeconds", 1);
        }
        let mut error = Self::new(failure.message);
        error.extensions = Some(extensions);
        error
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::BadCursor(_) => Self::new("BAD_CURSOR", error.to_string()),
            ReadError::Damaged(_) => Self::internal(error),
            ReadError::Sqlite(_) => Self::unavailable(error),
        }
    }
}

impl From<ReadModelError> for Failure {
    fn from(error: ReadModelError) -> Self {
        match error {
            ReadModelError::AfterHead { .. } => Self::bad_argument(error.to_string()),
            ReadModelError::Unreadable { .. } => Self::internal(error),
            ReadModelError::Log(_)
            | ReadModelError::File { .. }
            | ReadModelError::Sqlite { .. }
            | ReadModelError::InUse(_)
            | ReadModelError::FoldedByAnother { .. }
            | ReadModelError::NoSuchProjection { .. }
            | ReadModelError::NothingToRebuild(_)
            | ReadModelError::Stopped(_) => Self::unavailable(error),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Unavailable(_) | LogError::InDoubt(_) => Self::unavailable(error),
            LogError::Damaged(_) => Self::internal(error),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error.is_retryable() {
            true => Self::unavailable(error),
            false => Self::internal(error),
        }
    }
}

impl From<Behind> for Failure {
    fn from(behind: Behind) -> Self {
        Self { position: Some(behind.at), ..Self::new("BEHIND", behind.to_string()) }
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Hidden(what) => Self::new("NOT_FOUND", format!("there is no such {what}, or you may not see it")),
            Denied::Forbidden => Self::new("FORBIDDEN", "you may not see this"),
            Denied::Unauthenticated => Self::new("UNAUTHENTICATED", "please log in"),
            Denied::Unavailable(why) => Self::unavailable(why),
        }
    }
}

/// For the queries among the use cases, which refuse nothing by themselves.
impl From<CommandError<fieldlog_commands::Never>> for Failure {
    fn from(error: CommandError<fieldlog_commands::Never>) -> Self {
        match error {
            CommandError::Refused(never) => match never {},
            CommandError::Invalid { field, message } => Self::bad_argument(format!("{field}: {message}")),
            CommandError::Unauthenticated => Denied::Unauthenticated.into(),
            CommandError::Forbidden => Denied::Forbidden.into(),
            CommandError::NotFound(what) => Denied::Hidden(what).into(),
            CommandError::Conflict => Self::new("CONFLICT", "others changed it at the same time; please try again"),
            CommandError::Unavailable(why) => Self::unavailable(why),
            CommandError::Damaged(why) => Self::internal(why),
        }
    }
}
