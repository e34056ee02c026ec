//! What is known of events.

use chrono::{DateTime, Utc};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::{ResourceId, StreamId};
use fieldlog_eventlog::Position;

/// Where in the log an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its place in the whole log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Wire name.
    pub event_type: String,
    /// When the log took it.
    pub recorded_at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// The resource it is about.
    pub resource: Option<ResourceId>,
}
