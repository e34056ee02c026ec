//! What PostgreSQL's errors mean to whoever uses the log.

use cqrs_es::persist::PersistenceError;
use sqlx::Error;

use crate::port::LogError;

/// Says whether trying again may help, and where.
pub(super) fn at(place: &str, error: &Error) -> LogError {
    match error {
        Error::PoolTimedOut => LogError::Unavailable(format!("{place} did not answer in time")),
        Error::Database(found) => {
            let code = found.code().unwrap_or_default().into_owned();
            let said = format!("{place} says: {} ({code})", found.message());
            if is_passing(&code) { LogError::Unavailable(said) } else { LogError::Damaged(said) }
        }
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::Protocol(_)
        | Error::Configuration(_) => LogError::Unavailable(format!("{place}: {error}")),
        _ => LogError::Damaged(format!("{place}: {error}")),
    }
}

/// The server's own troubles and those of whoever administers it, as opposed to a log that is not what it should be.
fn is_passing(code: &str) -> bool {
    const CLASSES: [&str; 9] = ["08", "28", "3D", "40", "53", "54", "57", "58", "25"];
    CLASSES.iter().any(|class| code.starts_with(class)) || code == "55P03" || code == "42501"
}

/// How a group of inserts failed.
pub(super) enum Failure {
    /// Some stream is not where it should be, or some event id is taken. Nothing was written.
    Conflict,
    /// Nothing was written.
    NotWritten(LogError),
    /// The connection broke off; what was on its way may have been committed.
    Unknown(LogError),
}

pub(super) fn of_persist(place: &str, error: PersistenceError) -> Failure {
    let source = match error {
        PersistenceError::OptimisticLockError => return Failure::Conflict,
        PersistenceError::ConnectionError(source)
        | PersistenceError::DeserializationError(source)
        | PersistenceError::UnknownError(source) => source,
    };
    match source.downcast_ref::<Error>() {
        Some(error @ (Error::PoolTimedOut | Error::PoolClosed)) => Failure::NotWritten(at(place, error)),
        // The server answered, so it rolled back; unless it was just being shut down.
        Some(error @ Error::Database(found)) if !found.code().is_some_and(|code| code.starts_with("57P")) => {
            Failure::NotWritten(at(place, error))
        }
        Some(error) => Failure::Unknown(at(place, error)),
        None => Failure::Unknown(LogError::Unavailable(format!("{place}: {source}"))),
    }
}
