//! What a projection is: a pure fold of events into tables of its own.

use chrono::{DateTime, Utc};
use fieldlog_domain::Event;
use fieldlog_domain::provenance::Metadata;
use fieldlog_domain::StreamId;
use fieldlog_eventlog::Position;

/// An event that was read.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its place in the whole log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Who, with what, caused by what.
    pub metadata: Metadata,
    /// When the log took it.
    pub recorded_at: DateTime<Utc>,
    /// Wire name.
    pub event_type: String,
    /// What happened.
    pub event: Event,
}

/// A pure fold of events into tables of its own.
pub trait Projector: Send + Sync + 'static {
    /// Keys the checkpoint: never renamed.
    const NAME: &'static str;
    /// Raised when the same events give other rows: the model is built anew.
    const VERSION: u32;
}

/// A [`Projector`] behind a pointer.
pub trait Projection: Send + Sync {
    /// See [`Projector::NAME`].
    fn name(&self) -> &'static str;
}

/// All projections.
pub const PROJECTIONS: &[&dyn Projection] = &[];
