//! What the server has no index for: ids, positions, times. Folded from `$all`, the same on every machine, and disposable.

use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::envelope::Received;
use crate::port::LogError;
use crate::recorded::Position;

const SCHEMA: &str = include_str!("../../../migrations/eventstoredb/0001_index.sql");
/// A page of the feed ends early after so many bytes of payload.
pub(super) const MAX_PAGE_BYTES: usize = 8 << 20;
const COLUMNS: &str = "position, prepare, event_id, name, sequence, following, recorded_at, bytes \
    FROM events JOIN streams ON number = stream";

/// A place in `$all`, as the server wants it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) commit: u64,
    pub(super) prepare: u64,
}

/// An event on its way into the index.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) event_id: EventId,
    pub(super) stream: StreamId,
    pub(super) sequence: u64,
    pub(super) following: u32,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) bytes: usize,
}

impl From<Received> for Entry {
    fn from(event: Received) -> Self {
        Self {
            place: Place { commit: event.position.0, prepare: event.prepare },
            event_id: event.event_id,
            sequence: event.sequence,
            following: event.following,
            recorded_at: event.recorded_at,
            bytes: event.bytes(),
            stream: event.stream,
        }
    }
}

/// What the index knows of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) position: Position,
    pub(super) prepare: u64,
    pub(super) event_id: EventId,
    pub(super) stream: StreamId,
    pub(super) sequence: u64,
    pub(super) following: u64,
    /// Never before that of the event before it.
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) bytes: usize,
}

/// The index of one log; in a file, which other processes of this machine may use too, or gone with this value.
pub(super) struct Index {
    place: String,
    connection: Mutex<Connection>,
}

impl Index {
    /// Opens it, or makes it when there is none. Without a path it lives in SQLite's temporary files.
    pub(super) fn open(path: Option<&Path>, log_id: Uuid) -> Result<Self, LogError> {
        let place = path.map_or("a temporary file".to_owned(), |path| path.display().to_string());
        let connection = Connection::open(path.unwrap_or(Path::new(""))).and_then(|mut connection| {
            prepare(&mut connection, log_id)?;
            Ok(connection)
        });
        let connection = connection.map_err(|error| unusable(&place, &error))?;
        Ok(Self { place, connection: Mutex::new(connection) })
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LogError> {
        query(&self.connection.lock()).map_err(|error| unusable(&self.place, &error))
    }

    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, LogError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        transaction
            .and_then(|transaction| {
                let done = change(&transaction)?;
                transaction.commit()?;
                Ok(done)
            })
            .map_err(|error| unusable(&self.place, &error))
    }

    /// Takes the next events of `$all`, of which everything up to `scanned` was looked at. What is there already is passed over.
    pub(super) fn take(&self, entries: &[Entry], scanned: Place) -> Result<(), LogError> {
        let hole = self.write(|transaction| {
            let (mut last, mut time) = last_of(transaction)?;
            for entry in entries {
                if integer(entry.place.commit) <= last {
                    continue;
                }
                time = time.max(entry.recorded_at.timestamp_micros());
                if let Some(before) = insert(transaction, entry, time)? {
                    return Ok(Some((entry.stream.clone(), before, entry.sequence)));
                }
                last = integer(entry.place.commit);
            }
            transaction
                .prepare_cached(
                    "UPDATE source SET scanned_commit = ?1, scanned_prepare = ?2 WHERE scanned_commit < ?1",
                )?
                .execute([integer(scanned.commit), integer(scanned.prepare)])?;
            Ok(None)
        })?;
        match hole {
            None => Ok(()),
            Some((stream, before, next)) => Err(LogError::Damaged(format!(
                "event {next} of {stream} comes after event {before}: what was between was truncated or scavenged, or deleted with the stream"
            ))),
        }
    }

    /// Goes on after the last event: what was looked at behind it may be gone, if the server was restored.
    pub(super) fn go_back_to_last(&self) -> Result<(), LogError> {
        self.write(|transaction| {
            transaction.execute_batch(
                "UPDATE source SET scanned_commit = coalesce((SELECT max(position) FROM events), 0), \
                     scanned_prepare = coalesce((SELECT prepare FROM events ORDER BY position DESC LIMIT 1), 0)",
            )
        })
    }

    /// Forgets everything.
    pub(super) fn clear(&self) -> Result<(), LogError> {
        self.write(|transaction| {
            transaction.execute_batch(
                "DELETE FROM events; DELETE FROM streams; UPDATE source SET scanned_commit = 0, scanned_prepare = 0",
            )
        })
    }

    /// Up to where `$all` was looked at.
    pub(super) fn scanned(&self) -> Result<Place, LogError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT scanned_commit, scanned_prepare FROM source")?;
            query.query_row([], |row| Ok(Place { commit: natural(row, 0)?, prepare: natural(row, 1)? }))
        })
    }

    pub(super) fn last(&self) -> Result<Option<Row>, LogError> {
        self.one("ORDER BY position DESC LIMIT 1", [])
    }

    pub(super) fn by_id(&self, id: EventId) -> Result<Option<Row>, LogError> {
        self.one("WHERE event_id = ?1 ORDER BY position LIMIT 1", [id.uuid()])
    }

    pub(super) fn at(&self, position: Position) -> Result<Option<Row>, LogError> {
        self.one("WHERE position = ?1", [integer(position.0)])
    }

    /// The event at or before `position`, from which the server can be read on.
    pub(super) fn at_or_before(&self, position: Position) -> Result<Option<Row>, LogError> {
        self.one("WHERE position <= ?1 ORDER BY position DESC LIMIT 1", [integer(position.0)])
    }

    pub(super) fn in_stream(&self, stream: &StreamId, sequence: u64) -> Result<Option<Row>, LogError> {
        let key = params![stream.to_string(), integer(sequence)];
        self.one("WHERE stream = (SELECT number FROM streams WHERE name = ?1) AND sequence = ?2", key)
    }

    /// At most `limit` of a stream after `after`.
    pub(super) fn of_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Row>, LogError> {
        let condition =
            "WHERE stream = (SELECT number FROM streams WHERE name = ?1) AND sequence > ?2 ORDER BY sequence LIMIT ?3";
        self.rows(condition, params![stream.to_string(), integer(after), integer(limit as u64)], usize::MAX)
    }

    /// At most `limit` of the log after `after`, fewer when their payloads are large.
    pub(super) fn after(&self, after: Position, limit: usize) -> Result<Vec<Row>, LogError> {
        let condition = "WHERE position > ?1 ORDER BY position LIMIT ?2";
        self.rows(condition, params![integer(after.0), integer(limit as u64)], MAX_PAGE_BYTES)
    }

    /// The sequence a stream is at.
    pub(super) fn last_sequence(&self, stream: &StreamId) -> Result<u64, LogError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT last FROM streams WHERE name = ?1")?;
            Ok(query.query_row([stream.to_string()], |row| natural(row, 0)).optional()?.unwrap_or_default())
        })
    }

    /// Halves the log instead of using an index: the time never falls from one position to the next.
    pub(super) fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT position, recorded_at FROM events WHERE position <= ?1 ORDER BY position DESC LIMIT 1",
            )?;
            let mut at_or_before = |position: i64| {
                query.query_row([position], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()
            };
            let (mut answer, mut low) = (0, 0);
            let mut high = at_or_before(i64::MAX)?.map_or(0, |(position, _)| position);
            while low < high {
                let middle = high - (high - low) / 2;
                match at_or_before(middle)? {
                    Some((position, at)) if position > low && at <= time.timestamp_micros() => {
                        (answer, low) = (position, middle);
                    }
                    Some((position, _)) if position > low => high = position - 1,
                    _ => low = middle,
                }
            }
            Ok(Position(answer.cast_unsigned()))
        })
    }

    fn one(&self, condition: &str, params: impl rusqlite::Params) -> Result<Option<Row>, LogError> {
        Ok(self.rows(condition, params, usize::MAX)?.pop())
    }

    /// Until so many bytes of payload are passed.
    fn rows(&self, condition: &str, params: impl rusqlite::Params, max_bytes: usize) -> Result<Vec<Row>, LogError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} {condition}"))?;
            let mut rows = query.query(params)?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            while bytes < max_bytes
                && let Some(row) = rows.next()?
            {
                let row = read(row)?;
                bytes += row.bytes;
                found.push(row);
            }
            Ok(found)
        })
    }
}

fn prepare(connection: &mut Connection, log_id: Uuid) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // What the last moments before a loss of power had is read from the server again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.set_prepared_statement_cache_capacity(32);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = version == 1
        && transaction.query_row("SELECT log_id = ?1 FROM source", [log_id], |row| row.get(0)).optional()?
            == Some(true);
    if !known {
        // Of another log, or of another version of this program: it is only an index.
        transaction
            .execute_batch("DROP TABLE IF EXISTS events; DROP TABLE IF EXISTS streams; DROP TABLE IF EXISTS source;")?;
        transaction.execute_batch(SCHEMA)?;
        transaction.execute("INSERT INTO source VALUES (1, ?1, 0, 0)", [log_id])?;
        transaction.pragma_update(None, "user_version", 1)?;
    }
    transaction.commit()
}

/// Position and time of the last event.
fn last_of(transaction: &Transaction<'_>) -> rusqlite::Result<(i64, i64)> {
    let mut query =
        transaction.prepare_cached("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1")?;
    let last = query.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(last.unwrap_or((-1, i64::MIN)))
}

/// `Some`: the stream's last sequence, which is not the one before.
fn insert(transaction: &Transaction<'_>, entry: &Entry, time: i64) -> rusqlite::Result<Option<u64>> {
    let name = entry.stream.to_string();
    let found = transaction
        .prepare_cached("SELECT number, last FROM streams WHERE name = ?1")?
        .query_row([&name], |row| Ok((row.get::<_, i64>(0)?, natural(row, 1)?)))
        .optional()?;
    let last = found.map_or(0, |(_, last)| last);
    if last + 1 != entry.sequence {
        return Ok(Some(last));
    }
    let number = match found {
        Some((number, _)) => {
            let mut update = transaction.prepare_cached("UPDATE streams SET last = ?2 WHERE number = ?1")?;
            update.execute([number, integer(entry.sequence)])?;
            number
        }
        None => {
            let mut insert = transaction.prepare_cached("INSERT INTO streams (name, last) VALUES (?1, ?2)")?;
            insert.execute(params![name, integer(entry.sequence)])?;
            transaction.last_insert_rowid()
        }
    };
    transaction.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(params![
        integer(entry.place.commit),
        integer(entry.place.prepare),
        entry.event_id.uuid(),
        number,
        integer(entry.sequence),
        entry.following,
        time,
        integer(entry.bytes as u64),
    ])?;
    Ok(None)
}

fn read(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let damaged = |column| rusqlite::Error::IntegralValueOutOfRange(column, 0);
    Ok(Row {
        position: Position(natural(row, 0)?),
        prepare: natural(row, 1)?,
        event_id: EventId(row.get(2)?),
        stream: StreamId::from_str(row.get_ref(3)?.as_str()?).map_err(|_| damaged(3))?,
        sequence: natural(row, 4)?,
        following: natural(row, 5)?,
        recorded_at: DateTime::from_timestamp_micros(row.get(6)?).ok_or_else(|| damaged(6))?,
        bytes: usize::try_from(natural(row, 7)?).unwrap_or(usize::MAX),
    })
}

fn natural(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}

/// SQLite's integers are signed; nothing is as long as the difference.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unusable(place: &str, error: &rusqlite::Error) -> LogError {
    LogError::Unavailable(format!("the index of the log in {place}: {error}; when it is removed, it is built anew"))
}
