//! The port: what Fieldlog needs of an engine.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use thiserror::Error;
use tokio::sync::watch;

use crate::recorded::{NewEvent, Position, Receipt, RecordedEvent};

/// A log that cannot be read or written right now, or that holds what it should not.
#[derive(Debug, Clone, Error)]
pub enum LogError {
    /// The engine is away, too slow or full. Trying again later may help; nothing was written.
    #[error("the event log is not available: {0}")]
    Unavailable(String),
    /// Nobody knows whether the append was written; repeating it with the same event ids tells.
    #[error("the event log broke off in the middle of an append: {0}")]
    InDoubt(String),
    /// What the log holds cannot be read. Trying again does not help.
    #[error("the event log holds what cannot be read: {0}")]
    Damaged(String),
}

/// Why an append was not done.
#[derive(Debug, Error)]
pub enum AppendError {
    /// The stream is not where the caller thought.
    #[error("expected the stream at sequence {expected}, found {actual}")]
    Conflict {
        /// What the caller thought.
        expected: u64,
        /// Where it is.
        actual: u64,
    },
    /// The engine failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A state of a stream somebody kept so as not to read the stream from its start.
///
/// It is a cache: `schema` says which program wrote it, and a reader that knows another schema ignores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The state after this event.
    pub sequence: u64,
    /// Names the shape of `state`; another one means: fold from the start.
    pub schema: String,
    /// JSON.
    pub state: String,
}

/// One log. Cheap to share behind an `Arc`.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Appends `events` (at least one) to `stream`, whose last sequence is `expected` (0: the stream is new).
    ///
    /// When the first event's id is already in this stream, nothing is appended and the first receipt is the answer.
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError>;

    /// At most `limit` events of `stream` after sequence `after`, in order. Fewer than `limit` means: that is the end.
    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError>;

    /// At most `limit` events of the whole log after `after`, in order. Empty means: nothing more is visible yet.
    async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError>;

    /// The event with this id.
    async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError>;

    /// The events at these positions, in order; positions without an event are left out.
    async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError>;

    /// Position of the last visible event.
    async fn head(&self) -> Result<Position, LogError>;

    /// Position of the last event recorded at or before `time`.
    async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError>;

    /// Wakes whoever waits for new events. The value is a hint and may lag behind or be ahead of what is visible.
    fn changes(&self) -> watch::Receiver<Position>;

    /// Keeps a snapshot of a stream, replacing an older one.
    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError>;

    /// The kept snapshot of a stream.
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError>;

    /// The id given to this log when it was created: read models and caches of another log are refused by it.
    fn log_id(&self) -> uuid::Uuid;

    /// Where this log is, for people; without credentials.
    fn describe(&self) -> String;
}
