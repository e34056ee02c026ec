//! What a projection is: a pure fold of events into tables of its own.

use chrono::{DateTime, Utc};
use fieldlog_domain::event::UnreadableEvent;
use fieldlog_domain::provenance::Metadata;
use fieldlog_domain::{Event, StreamId};
use fieldlog_eventlog::{Position, RecordedEvent};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use uuid::Uuid;

use crate::account::AccountProjector;
use crate::change_set::ChangeSetProjector;
use crate::column;
use crate::event::EventProjector;
use crate::file::FileProjector;
use crate::job::JobProjector;
use crate::permission::PermissionProjector;
use crate::resource::ResourceProjector;
use crate::secret::SecretProjector;
use crate::session::SessionProjector;

/// All projections. Their order does not matter: none reads another's tables while it folds.
pub const PROJECTIONS: &[&dyn Projection] = &[
    &AccountProjector,
    &SessionProjector,
    &ResourceProjector,
    &PermissionProjector,
    &FileProjector,
    &JobProjector,
    &ChangeSetProjector,
    &SecretProjector,
    &EventProjector,
];

/// An event that was read.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its place in the whole log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// The id of its stream; nil when that is no UUID.
    pub id: Uuid,
    /// Who, with what, caused by what.
    pub metadata: Metadata,
    /// When the log took it.
    pub recorded_at: DateTime<Utc>,
    /// Wire name.
    pub event_type: String,
    /// What happened.
    pub event: Event,
}

impl Recorded {
    /// Reads an event of the log.
    pub fn read(event: RecordedEvent) -> Result<Self, UnreadableEvent> {
        Ok(Self {
            event: Event::read(event.stream.kind, &event.event_type, &event.event_version, &event.payload)?,
            position: event.position,
            id: Uuid::try_parse(&event.stream.id).unwrap_or_default(),
            stream: event.stream,
            metadata: event.metadata,
            recorded_at: event.recorded_at,
            event_type: event.event_type,
        })
    }

    /// Its position: the key of the row it makes. So a row has the same key however often the model is built.
    pub(crate) fn key(&self) -> i64 {
        column::integer(self.position.0)
    }

    /// When the log took it.
    pub(crate) fn at(&self) -> i64 {
        column::micros(self.recorded_at)
    }
}

/// A pure fold of events into tables of its own: no clock, no network, no other projection's tables.
pub trait Projector: Send + Sync + 'static {
    /// Keys the checkpoint and begins the names of all its tables: never renamed.
    const NAME: &'static str;
    /// Raised when the same events give other rows: the model is built anew.
    const VERSION: u32;
    /// Its tables, and after the line [`LAST`] what only questions need.
    const SCHEMA: &'static str;

    /// Folds one event.
    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()>;

    /// What costs less once for all events of a transaction than once for each; they are folded already.
    fn conclude(&self, _tables: &Tables<'_>, _events: &[Recorded]) -> rusqlite::Result<()> {
        Ok(())
    }
}

/// The line of a schema after which everything is made only when all events are folded.
pub const LAST: &str = "-- Made last:";

/// A [`Projector`] behind a pointer.
pub trait Projection: Send + Sync {
    /// See [`Projector::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Projector::VERSION`].
    fn version(&self) -> u32;
    /// See [`Projector::SCHEMA`].
    fn schema(&self) -> &'static str;
    /// The tables, with the indexes that the fold itself needs.
    fn tables(&self) -> &'static str {
        self.schema().split(LAST).next().unwrap_or_default()
    }
    /// What only questions need.
    fn made_last(&self) -> &'static str {
        self.schema().split_once(LAST).map(|(_, made_last)| made_last).unwrap_or_default()
    }
    /// See [`Projector::project`].
    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()>;
    /// See [`Projector::conclude`].
    fn conclude(&self, tables: &Tables<'_>, events: &[Recorded]) -> rusqlite::Result<()>;
}

impl<P: Projector> Projection for P {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn version(&self) -> u32 {
        P::VERSION
    }

    fn schema(&self) -> &'static str {
        P::SCHEMA
    }

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        Projector::project(self, tables, recorded)
    }

    fn conclude(&self, tables: &Tables<'_>, events: &[Recorded]) -> rusqlite::Result<()> {
        Projector::conclude(self, tables, events)
    }
}

/// The tables as a projector writes them.
pub struct Tables<'c> {
    connection: &'c Connection,
    is_complete: bool,
}

impl<'c> Tables<'c> {
    pub(crate) fn new(connection: &'c Connection, is_complete: bool) -> Self {
        Self { connection, is_complete }
    }

    /// Whether what is [`LAST`] in the schemas is there already.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Runs a statement, which is prepared once.
    pub(crate) fn run(&self, sql: &'static str, params: impl Params) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(params).map(|_| ())
    }

    /// The first row of a query, which is prepared once.
    pub(crate) fn first<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.connection.prepare_cached(sql)?.query_row(params, read).optional()
    }
}
