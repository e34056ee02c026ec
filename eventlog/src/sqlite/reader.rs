//! Reading, on connections that cannot write.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use parking_lot::Mutex;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::error::in_file;
use super::row::{COLUMNS, CompactId, read, read_all};
use super::schema;
use crate::port::{LogError, Snapshot};
use crate::recorded::{Position, RecordedEvent};

/// Idle connections that are kept.
const MAX_IDLE: usize = 8;
/// Up to so many events are read on the calling thread; a trip to another one costs more.
pub(super) const SHORT: usize = 128;
/// A page of the feed ends early after so many bytes of payload.
const MAX_PAGE_BYTES: usize = 16 << 20;

/// A small pool of reading connections.
pub(super) struct Readers {
    path: PathBuf,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, patience: Duration) -> Self {
        Self { path, patience, idle: Mutex::default() }
    }

    /// Runs a query that reads about `size` events.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        size: usize,
        query: impl FnOnce(&Reading<'_>) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        if size <= SHORT {
            return self.read(query);
        }
        let readers = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || readers.read(query));
        task.await.unwrap_or_else(|error| Err(LogError::Unavailable(format!("reading was given up: {error}"))))
    }

    /// The connection goes back only after success: after an error a fresh one may do better.
    pub(super) fn read<T>(&self, query: impl FnOnce(&Reading<'_>) -> Result<T, LogError>) -> Result<T, LogError> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::reading(&self.path, self.patience)?,
        };
        let answer = query(&Reading { connection: &connection, readers: self })?;
        let mut idle = self.idle.lock();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
        Ok(answer)
    }

    pub(super) fn close(&self) {
        self.idle.lock().clear();
    }
}

/// One connection, and where errors come from.
pub(super) struct Reading<'a> {
    connection: &'a Connection,
    readers: &'a Readers,
}

impl Reading<'_> {
    fn fail(&self, error: rusqlite::Error) -> LogError {
        in_file(&self.readers.path, error)
    }

    fn prepare(&self, condition: &str) -> Result<CachedStatement<'_>, LogError> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE {condition}"))
            .map_err(|error| self.fail(error))
    }

    pub(super) fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        let mut query =
            self.prepare("stream_kind = ?1 AND stream_id = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4")?;
        let rows = query
            .query(params![stream.kind.as_ref(), CompactId::of(stream), as_integer(after), as_integer(limit as u64)])
            .map_err(|error| self.fail(error))?;
        read_all(rows, |error| self.fail(error))
    }

    pub(super) fn feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        let mut query = self.prepare("position > ?1 ORDER BY position LIMIT ?2")?;
        let mut rows =
            query.query([as_integer(after.0), as_integer(limit as u64)]).map_err(|error| self.fail(error))?;
        let mut page = Vec::with_capacity(limit.min(16_384));
        let mut bytes = 0;
        while bytes < MAX_PAGE_BYTES
            && let Some(row) = rows.next().map_err(|error| self.fail(error))?
        {
            let event = read(row, |error| self.fail(error))?;
            bytes += event.payload.len();
            page.push(event);
        }
        Ok(page)
    }

    pub(super) fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        let mut query = self.prepare("event_id = ?1")?;
        let rows = query.query([id.uuid()]).map_err(|error| self.fail(error))?;
        Ok(read_all(rows, |error| self.fail(error))?.pop())
    }

    /// In the order of the log, each once.
    pub(super) fn events_at(&self, mut positions: Vec<Position>) -> Result<Vec<RecordedEvent>, LogError> {
        positions.sort_unstable();
        positions.dedup();
        let mut query = self.prepare("position = ?1")?;
        let mut events = Vec::with_capacity(positions.len());
        for position in positions {
            let rows = query.query([as_integer(position.0)]).map_err(|error| self.fail(error))?;
            events.append(&mut read_all(rows, |error| self.fail(error))?);
        }
        Ok(events)
    }

    /// In the order of `positions`, each of which has an event.
    pub(super) fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT following FROM events WHERE position = ?1")
            .map_err(|error| self.fail(error))?;
        let mut following = |position: &Position| {
            query.query_row([as_integer(position.0)], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
        };
        positions.iter().map(|position| following(position).map_err(|error| self.fail(error))).collect()
    }

    pub(super) fn head(&self) -> Result<Position, LogError> {
        Ok(self
            .last_at_or_before(i64::MAX)?
            .map_or(Position::START, |(position, _)| Position(position.cast_unsigned())))
    }

    /// Halves the log instead of using an index: `recorded_at` never falls from one position to the next.
    pub(super) fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        let time = time.timestamp_micros();
        let mut answer = 0;
        let mut low = 0;
        let mut high = self.head()?.0.cast_signed();
        while low < high {
            let middle = high - (high - low) / 2;
            match self.last_at_or_before(middle)? {
                Some((position, recorded_at)) if position > low => {
                    if recorded_at <= time {
                        (answer, low) = (position, middle);
                    } else {
                        high = position - 1;
                    }
                }
                _ => low = middle,
            }
        }
        Ok(Position(answer.cast_unsigned()))
    }

    fn last_at_or_before(&self, position: i64) -> Result<Option<(i64, i64)>, LogError> {
        self.connection
            .prepare_cached(
                "SELECT position, recorded_at FROM events WHERE position <= ?1 ORDER BY position DESC LIMIT 1",
            )
            .and_then(|mut query| query.query_row([position], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(|error| self.fail(error))
    }

    pub(super) fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        self.connection
            .prepare_cached("SELECT sequence, schema, state FROM snapshots WHERE stream_kind = ?1 AND stream_id = ?2")
            .and_then(|mut query| {
                query
                    .query_row(params![stream.kind.as_ref(), CompactId::of(stream)], |row| {
                        Ok(Snapshot {
                            sequence: row.get::<_, i64>(0)?.cast_unsigned(),
                            schema: row.get(1)?,
                            state: row.get(2)?,
                        })
                    })
                    .optional()
            })
            .map_err(|error| self.fail(error))
    }
}

/// SQLite's integers are signed; nothing is as long as the difference.
fn as_integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
