//! The model of this node: one SQLite file that follows the log, and files of earlier moments.

mod build;
mod files;
mod fold;
mod follow;
mod history;
mod live;
mod read_model;
mod writing;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_eventlog::Position;

pub use build::rebuild_beside;
pub use history::History;
pub use live::{Follower, Health};
pub use read_model::ReadModel;

/// What may differ from one model to another.
#[derive(Debug, Clone)]
pub struct ReadModelOptions {
    /// Kept files of earlier moments.
    pub kept_moments: usize,
    /// A file of an earlier moment is kept about every so many events, so that moments near it are quick.
    pub milestone_every: u64,
    /// How often to look whether another process built a new file.
    pub watch_every: Duration,
    /// A folder whose model of the same log, if there is one, a new folder begins with: what it has folded need not be folded again.
    pub copy_of: Option<PathBuf>,
}

impl Default for ReadModelOptions {
    fn default() -> Self {
        Self { kept_moments: 8, milestone_every: 50_000, watch_every: Duration::from_secs(1), copy_of: None }
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
