//! One append inside the writer's transaction.

use fieldlog_domain::StreamId;
use fieldlog_domain::provenance::Metadata;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::is_duplicate;
use super::row::{CompactId, actor_value};
use crate::admission::id_is_taken;
use crate::port::AppendError;
use crate::recorded::{NewEvent, Position, Receipt};

/// When the events of an append were recorded, in microseconds.
#[derive(Clone, Copy)]
pub(super) enum Times<'a> {
    /// All at once.
    At(i64),
    /// As another log has them.
    Copied(&'a [i64]),
}

impl Times<'_> {
    fn of(self, index: usize) -> i64 {
        match self {
            Self::At(time) => time,
            Self::Copied(times) => times[index],
        }
    }
}

/// Appends, answers with the first receipt, or refuses. An outer error means that SQLite failed.
///
/// What was refused leaves nothing behind in the transaction.
pub(super) fn append(
    transaction: &Connection,
    stream: &StreamId,
    expected: u64,
    events: &[NewEvent],
    recorded_at: Times<'_>,
) -> rusqlite::Result<Result<Receipt, AppendError>> {
    let id = CompactId::of(stream);
    // A new stream needs no look: its first sequence is free or the index says so.
    if expected > 0 && !is_at_or_past(transaction, stream, &id, expected)? {
        return why_not(transaction, stream, &id, expected, events);
    }
    // A single insert undoes itself.
    let many = events.len() > 1;
    if many {
        transaction.prepare_cached("SAVEPOINT append")?.execute([])?;
    }
    let inserted = insert_all(transaction, stream, &id, expected, events, recorded_at);
    if many {
        if inserted.is_err() && !transaction.is_autocommit() {
            transaction.prepare_cached("ROLLBACK TO append")?.execute([])?;
        }
        if !transaction.is_autocommit() {
            transaction.prepare_cached("RELEASE append")?.execute([])?;
        }
    }
    match inserted {
        Ok(receipt) => Ok(Ok(receipt)),
        Err(error) if is_duplicate(&error) => why_not(transaction, stream, &id, expected, events),
        Err(error) => Err(error),
    }
}

fn is_at_or_past(
    transaction: &Connection,
    stream: &StreamId,
    id: &CompactId<'_>,
    sequence: u64,
) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM events WHERE stream_kind = ?1 AND stream_id = ?2 AND sequence = ?3")?
        .exists(params![stream.kind.as_ref(), id, sequence.cast_signed()])
}

fn insert_all(
    transaction: &Connection,
    stream: &StreamId,
    id: &CompactId<'_>,
    expected: u64,
    events: &[NewEvent],
    recorded_at: Times<'_>,
) -> rusqlite::Result<Receipt> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO events (stream_kind, stream_id, sequence, event_id, following, event_type, event_version, recorded_at, \
             actor, client, command_id, correlation_id, causation_id, resource_id, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    let mut sequence = expected;
    let mut following = events.len();
    for event in events {
        sequence += 1;
        following -= 1;
        let Metadata { actor, client, command_id, correlation_id, causation_id, resource } = &event.metadata;
        insert.execute(params![
            stream.kind.as_ref(),
            id,
            sequence.cast_signed(),
            event.event_id.uuid(),
            following.cast_signed(),
            event.event_type,
            event.event_version,
            recorded_at.of(events.len() - 1 - following),
            actor_value(*actor),
            client.as_ref(),
            command_id.uuid(),
            correlation_id.uuid(),
            causation_id.map(|id| id.uuid()),
            resource.map(|id| id.uuid()),
            event.payload,
        ])?;
    }
    Ok(Receipt { position: Position(transaction.last_insert_rowid().cast_unsigned()), sequence })
}

/// The first receipt when these events are there already; else the conflict.
fn why_not(
    transaction: &Connection,
    stream: &StreamId,
    id: &CompactId<'_>,
    expected: u64,
    events: &[NewEvent],
) -> rusqlite::Result<Result<Receipt, AppendError>> {
    let first = transaction
        .prepare_cached(
            "SELECT last.position, last.sequence FROM events AS first JOIN events AS last \
               ON last.stream_kind = first.stream_kind AND last.stream_id = first.stream_id \
              AND last.sequence = first.sequence + first.following \
             WHERE first.event_id = ?1 AND first.stream_kind = ?2 AND first.stream_id = ?3",
        )?
        .query_row(params![events[0].event_id.uuid(), stream.kind.as_ref(), id], |row| {
            Ok(Receipt {
                position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
                sequence: row.get::<_, i64>(1)?.cast_unsigned(),
            })
        })
        .optional()?;
    if let Some(receipt) = first {
        return Ok(Ok(receipt));
    }
    let actual = transaction
        .prepare_cached("SELECT coalesce(max(sequence), 0) FROM events WHERE stream_kind = ?1 AND stream_id = ?2")?
        .query_row(params![stream.kind.as_ref(), id], |row| row.get::<_, i64>(0))?
        .cast_unsigned();
    if actual == expected {
        return Ok(Err(id_is_taken(&events[0].event_type, stream).into()));
    }
    Ok(Err(AppendError::Conflict { expected, actual }))
}
