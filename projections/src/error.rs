//! What can go wrong on the read side.

use std::path::PathBuf;
use std::sync::Arc;

use fieldlog_eventlog::{LogError, Position};
use thiserror::Error;

/// Why a question was not answered.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The cursor is damaged, or it belongs to another list.
    #[error("expected a cursor that this list gave out, found {0:?}")]
    BadCursor(String),
    /// A row holds what this program never writes.
    #[error("the read model holds what cannot be read: {0}")]
    Damaged(String),
    /// SQLite could not read the file.
    #[error("the read model cannot be read: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Why a read model could not be opened, built or asked for a moment.
#[derive(Debug, Clone, Error)]
pub enum ReadModelError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file or folder failed.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// SQLite failed.
    #[error("{path}: {source}", path = .path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
    /// Another process follows the log into this folder.
    #[error("another process keeps its read model in {dir}; expected a folder of our own", dir = .0.display())]
    InUse(PathBuf),
    /// Two processes write one file; this one leaves it alone until it has looked again.
    #[error("expected {path} to be at position {expected}, found {found}: another process folds into it", path = .path.display())]
    FoldedByAnother {
        /// The file.
        path: PathBuf,
        /// Where it is.
        found: Position,
        /// Where this process left it.
        expected: Position,
    },
    /// An event is newer than this program, or damaged. Nothing after it can be folded.
    #[error("stopped before position {position}: {reason}")]
    Unreadable {
        /// Where the event is.
        position: Position,
        /// What is wrong with it.
        reason: String,
    },
    /// The moment is not in the log yet.
    #[error("expected a position up to {head}, the end of the log, found {wanted}")]
    AfterHead {
        /// What was asked for.
        wanted: Position,
        /// The last event.
        head: Position,
    },
    /// There is no projection of this name.
    #[error("expected one of the projections {known}, found {found:?}")]
    NoSuchProjection {
        /// What was asked for.
        found: String,
        /// What there is.
        known: String,
    },
    /// There is nothing a single projection could be refolded in.
    #[error("{dir} holds no read model of this log and version; rebuild everything first", dir = .0.display())]
    NothingToRebuild(PathBuf),
    /// The read model was shut down, or the work was given up.
    #[error("the read model has stopped: {0}")]
    Stopped(String),
}

/// The read model did not get there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the read model is at position {at}, expected {wanted} by now")]
pub struct Behind {
    /// Where it is.
    pub at: Position,
    /// Where it should be.
    pub wanted: Position,
}
