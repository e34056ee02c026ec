//! How a use case ends.

use fieldlog_eventlog::{LogError, Receipt};
use fieldlog_projections::ReadError;
use fieldlog_storage::StorageError;
use fieldlog_vault::VaultError;
use thiserror::Error;

use crate::authz::Denied;

/// It is done, or was so already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    /// What came out of it.
    pub value: T,
    /// Where it is in the log; none when nothing happened because it was so already.
    pub receipt: Option<Receipt>,
}

impl<T> Done<T> {
    pub(crate) fn new(value: T, receipt: Option<Receipt>) -> Self {
        Self { value, receipt }
    }
}

/// Why it was not done, told apart by whose move it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommandError<R> {
    /// A rule of the domain is against it.
    #[error("{0}")]
    Refused(R),
    /// A part of the input is not what it should be.
    #[error("{message}")]
    Invalid {
        /// Which part.
        field: &'static str,
        /// What was expected and what was found.
        message: String,
    },
    /// Somebody has to log in.
    #[error("please log in")]
    Unauthenticated,
    /// They may see it, but not do this to it.
    #[error("you may not do this")]
    Forbidden,
    /// There is none, or they may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Others were faster, again and again.
    #[error("others changed it at the same time; please try again")]
    Conflict,
    /// Log, model, storage or vault are away. Trying again later may help. The text is for the operator, not for callers.
    #[error("the service is not available at the moment; please try again")]
    Unavailable(String),
    /// What is stored cannot be read. Trying again does not help. The text is for the operator, not for callers.
    #[error("something stored on the server cannot be read; its operator has to look")]
    Damaged(String),
}

impl<R> CommandError<R> {
    /// The same with another kind of refusal.
    pub fn map_refusal<Q>(self, map: impl FnOnce(R) -> Q) -> CommandError<Q> {
        match self.refusal() {
            Ok(refusal) => CommandError::Refused(map(refusal)),
            Err(error) => error,
        }
    }

    /// Tells a refusal, which is an answer, from everything else.
    pub(crate) fn refusal<Q>(self) -> Result<R, CommandError<Q>> {
        match self {
            Self::Refused(refusal) => Ok(refusal),
            Self::Invalid { field, message } => Err(CommandError::Invalid { field, message }),
            Self::Unauthenticated => Err(CommandError::Unauthenticated),
            Self::Forbidden => Err(CommandError::Forbidden),
            Self::NotFound(what) => Err(CommandError::NotFound(what)),
            Self::Conflict => Err(CommandError::Conflict),
            Self::Unavailable(why) => Err(CommandError::Unavailable(why)),
            Self::Damaged(why) => Err(CommandError::Damaged(why)),
        }
    }

    /// A part of the input is not what it should be; `error` says what.
    pub(crate) fn invalid(field: &'static str, error: impl ToString) -> Self {
        Self::Invalid { field, message: error.to_string() }
    }
}

/// The refusal of a use case that no rule is against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Never {}

impl<R> From<Denied> for CommandError<R> {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Hidden(what) => Self::NotFound(what),
            Denied::Forbidden => Self::Forbidden,
            Denied::Unauthenticated => Self::Unauthenticated,
            Denied::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

impl<R> From<LogError> for CommandError<R> {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Unavailable(_) | LogError::InDoubt(_) => Self::Unavailable(error.to_string()),
            LogError::Damaged(_) => Self::Damaged(error.to_string()),
        }
    }
}

impl<R> From<StorageError> for CommandError<R> {
    fn from(error: StorageError) -> Self {
        let why = format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
        match error {
            StorageError::NotFound { .. } | StorageError::Damaged { .. } | StorageError::BadRange { .. } => {
                Self::Damaged(why)
            }
            StorageError::TooLargeToHold { .. } => Self::Damaged(why),
            StorageError::NoSpace { .. } | StorageError::Unavailable { .. } | StorageError::Refused { .. } => {
                Self::Unavailable(why)
            }
        }
    }
}

impl<R> From<VaultError> for CommandError<R> {
    fn from(error: VaultError) -> Self {
        match error.is_retryable() {
            true => {
                Self::Unavailable(format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string)))
            }
            false => Self::Damaged(error.to_string()),
        }
    }
}

impl<R> From<ReadError> for CommandError<R> {
    fn from(error: ReadError) -> Self {
        Self::Unavailable(format!("the read model: {error}"))
    }
}
