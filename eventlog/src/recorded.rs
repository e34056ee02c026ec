//! The envelope of an event, before and after it was appended.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use fieldlog_domain::provenance::Metadata;
use fieldlog_domain::{EventId, StreamId};
use serde::{Deserialize, Serialize};

/// A place in the whole log. Larger is later; nothing else may be read from the number.
///
/// [`Position::START`] is before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// An event that somebody wants in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The same command gives the same id again.
    pub event_id: EventId,
    /// Wire name, snake_case, for ever.
    pub event_type: String,
    /// Version of the payload's shape, for example `1.0.0`.
    pub event_version: String,
    /// JSON.
    pub payload: String,
    /// Who, with what, caused by what.
    pub metadata: Metadata,
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its place in the whole log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream: 1, 2, 3…
    pub sequence: u64,
    /// Its id.
    pub event_id: EventId,
    /// Wire name.
    pub event_type: String,
    /// Version of the payload's shape as it was written.
    pub event_version: String,
    /// JSON as it was written; upcasting is the reader's.
    pub payload: String,
    /// Who, with what, caused by what.
    pub metadata: Metadata,
    /// When the log took it (UTC, microseconds), never earlier than the event before it.
    pub recorded_at: DateTime<Utc>,
}

/// What an append answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Position of the last appended event. Whoever waits for it sees all of them.
    pub position: Position,
    /// Sequence of the last appended event in its stream.
    pub sequence: u64,
}
