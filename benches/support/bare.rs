//! What SQLite itself can do: a loop that inserts the rows of a log into the same table, in the same batches, and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use fieldlog_domain::provenance::Actor;
use fieldlog_eventlog::RecordedEvent;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

const SCHEMA: &str = include_str!("../../migrations/sqlite/0001_event_log.sql");
const COLUMNS: &str = "stream_kind, stream_id, sequence, event_id, following, event_type, event_version, recorded_at, actor, client, \
    command_id, correlation_id, causation_id, resource_id, payload";

/// How many events each transaction of the log held: those that were recorded at the same microsecond.
pub fn batches(events: &[RecordedEvent]) -> Vec<usize> {
    events.chunk_by(|one, next| one.recorded_at == next.recorded_at).map(<[_]>::len).collect()
}

/// Inserts the same rows in the same batches with `synchronous=FULL`, and answers how long that took.
pub fn insert(folder: &Path, events: &[RecordedEvent], batches: &[usize]) -> Duration {
    let connection = Connection::open(folder.join("bare.sqlite")).expect("SQLite opens a file");
    for (pragma, value) in [("journal_mode", "WAL"), ("synchronous", "FULL"), ("cache_size", "-16000")] {
        connection.pragma_update(None, pragma, value).expect("SQLite takes a pragma");
    }
    connection.execute_batch(SCHEMA).expect("the log's schema is SQL");
    let rows: Vec<_> = events.iter().map(row).collect();
    let mut rows = rows.iter();
    let marks = vec!["?"; COLUMNS.split(',').count()].join(", ");
    let mut insert =
        connection.prepare(&format!("INSERT INTO events ({COLUMNS}) VALUES ({marks})")).expect("the insert is SQL");
    let began = Instant::now();
    for batch in batches {
        connection.execute_batch("BEGIN IMMEDIATE").expect("a transaction begins");
        for row in rows.by_ref().take(*batch) {
            insert.execute(params_from_iter(row)).expect("a row is inserted");
        }
        connection.execute_batch("COMMIT").expect("a transaction commits");
    }
    began.elapsed()
}

fn row(event: &RecordedEvent) -> Vec<Value> {
    let uuid = |id: Uuid| Value::Blob(id.as_bytes().to_vec());
    let text = |text: &str| Value::Text(text.to_owned());
    let metadata = &event.metadata;
    vec![
        text(event.stream.kind.as_ref()),
        Uuid::try_parse(&event.stream.id).map_or_else(|_| text(&event.stream.id), uuid),
        Value::Integer(event.sequence.cast_signed()),
        uuid(event.event_id.0),
        Value::Integer(0),
        text(&event.event_type),
        text(&event.event_version),
        Value::Integer(event.recorded_at.timestamp_micros()),
        match metadata.actor {
            Actor::Account(id) => uuid(id.0),
            Actor::Anonymous => text("anonymous"),
            Actor::System => text("system"),
            Actor::Operator => text("operator"),
        },
        text(metadata.client.as_ref()),
        uuid(metadata.command_id.0),
        uuid(metadata.correlation_id.0),
        metadata.causation_id.map_or(Value::Null, |id| uuid(id.0)),
        metadata.resource.map_or(Value::Null, |id| uuid(id.0)),
        text(&event.payload),
    ]
}
