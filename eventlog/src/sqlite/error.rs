//! What SQLite's errors mean to whoever uses the log.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::port::LogError;

/// Says whether trying again may help, and where.
pub(super) fn in_file(path: &Path, error: Error) -> LogError {
    let place = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => LogError::Unavailable(format!("no space is left on the disk that holds {place}")),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            LogError::Unavailable(format!("another process kept {place} locked for too long: {error}"))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            LogError::Unavailable(format!("{place} cannot be opened for reading and writing: {error}"))
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::OperationInterrupted) => {
            LogError::Unavailable(format!("{place}: {error}"))
        }
        Some(ErrorCode::NotADatabase) => {
            LogError::Damaged(format!("{place} is not an SQLite file, expected an event log"))
        }
        _ => LogError::Damaged(format!("{place}: {error}")),
    }
}

/// A commit that failed while it was made durable may still come back after a crash of the machine.
pub(super) fn at_commit(path: &Path, error: Error) -> LogError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => LogError::InDoubt(format!("{}: {error}", path.display())),
        _ => in_file(path, error),
    }
}

/// The row is there already.
pub(super) fn is_duplicate(error: &Error) -> bool {
    error.sqlite_extended_error_code() == Some(ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// A value in a row that means nothing.
pub(super) fn unreadable(position: i64, what: &str, found: impl std::fmt::Display) -> LogError {
    LogError::Damaged(format!("the event at position {position} has {what} {found}"))
}
