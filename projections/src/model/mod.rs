//! The model of this node: one SQLite file that follows the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_eventlog::{EventLog, Position};
use tokio::sync::watch;

use crate::error::{Behind, ReadModelError};
use crate::view::View;

/// What may differ from one model to another.
#[derive(Debug, Clone)]
pub struct ReadModelOptions {
    /// Kept files of earlier moments.
    pub kept_moments: usize,
    /// A file of an earlier moment is kept about every so many events, so that moments near it are quick.
    pub milestone_every: u64,
    /// How often to look whether another process built a new file.
    pub watch_every: Duration,
}

impl Default for ReadModelOptions {
    fn default() -> Self {
        Self { kept_moments: 8, milestone_every: 50_000, watch_every: Duration::from_secs(1) }
    }
}

/// A moment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// After this event.
    Position(Position),
    /// After the last event recorded at or before this time.
    Time(DateTime<Utc>),
}

/// What a rebuild did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// The projections that were folded anew.
    pub projections: Vec<&'static str>,
    /// Events folded.
    pub events: u64,
    /// Where the new file begins to follow the log.
    pub position: Position,
    /// How long it took.
    pub took: Duration,
    /// The new file.
    pub path: PathBuf,
}

/// How a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The last event folded.
    pub position: Position,
    /// What it is doing.
    pub follower: Follower,
}

/// What a model is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follower {
    /// It follows the log.
    Following,
    /// Something is away or full; it tries again.
    Waiting {
        /// What is wrong.
        reason: String,
    },
    /// It met an event that it cannot read and will not skip. Questions are answered as of then.
    Stopped {
        /// What is wrong.
        reason: String,
    },
    /// It was shut down.
    ShutDown,
}

/// The read model of this node. Cheap to clone.
#[derive(Clone)]
pub struct ReadModel {}

impl ReadModel {
    /// Opens the newest model of this log in `dir`, or builds one, and follows the log in the background.
    pub async fn start(
        dir: &Path,
        log: Arc<dyn EventLog>,
        options: ReadModelOptions,
    ) -> Result<Self, ReadModelError> {
        todo!("{dir:?} {} {options:?}", log.describe())
    }

    /// The last event folded.
    pub fn position(&self) -> Position {
        todo!()
    }

    /// How it is.
    pub fn health(&self) -> Health {
        todo!()
    }

    /// Waits until `position` is folded, so that somebody reads what they wrote.
    pub async fn wait_until(&self, position: Position, patience: Duration) -> Result<(), Behind> {
        todo!("{position} {patience:?}")
    }

    /// Answers from the live model.
    pub fn view(&self) -> View {
        todo!()
    }

    /// Answers as of a moment, exactly; it may have to be folded first.
    pub async fn as_of(&self, moment: Moment) -> Result<View, ReadModelError> {
        todo!("{moment:?}")
    }

    /// Tells of every move of the model.
    pub fn changes(&self) -> watch::Receiver<Position> {
        todo!()
    }

    /// Builds the next file beside the live one, everything or one projection anew, and switches to it.
    pub async fn rebuild(&self, projection: Option<&str>) -> Result<RebuildReport, ReadModelError> {
        todo!("{projection:?}")
    }

    /// Stops following and closes the file. Answers can be had until the last [`View`] is dropped.
    pub async fn shutdown(&self) {
        todo!()
    }
}

/// Files of earlier moments, without a live model: for a command that runs beside a server, in a folder of its own.
#[derive(Clone)]
pub struct History {}

impl History {
    /// Keeps files of earlier moments in `dir`, which belongs to one process at a time.
    pub fn open(dir: &Path, log: Arc<dyn EventLog>, options: &ReadModelOptions) -> Result<Self, ReadModelError> {
        todo!("{dir:?} {} {options:?}", log.describe())
    }

    /// Answers as of a moment, exactly; it may have to be folded first.
    pub async fn as_of(&self, moment: Moment) -> Result<View, ReadModelError> {
        todo!("{moment:?}")
    }
}

/// Builds the next file in `dir`, everything or one projection anew. A server that follows the log into `dir` notices it
/// and switches; without one, the next to start opens it.
pub async fn rebuild_beside(
    dir: &Path,
    log: Arc<dyn EventLog>,
    projection: Option<&str>,
) -> Result<RebuildReport, ReadModelError> {
    todo!("{dir:?} {} {projection:?}", log.describe())
}
