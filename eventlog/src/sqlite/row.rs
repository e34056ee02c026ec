//! How an event lies in its row.

use std::str::FromStr;

use chrono::DateTime;
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::{StreamId, StreamKind};
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Row, Rows};
use uuid::Uuid;

use super::error::unreadable;
use crate::port::LogError;
use crate::recorded::{Position, RecordedEvent};

/// The columns [`read`] wants, in its order.
pub(super) const COLUMNS: &str = "position, stream_kind, stream_id, sequence, event_id, event_type, event_version, payload, \
     recorded_at, actor, client, command_id, correlation_id, causation_id, resource_id";

/// A UUID as 16 bytes, any other text as text.
pub(super) enum CompactId<'a> {
    Uuid(Uuid),
    Text(&'a str),
}

impl<'a> CompactId<'a> {
    pub(super) fn of(stream: &'a StreamId) -> Self {
        match Uuid::try_parse(&stream.id) {
            // Only the canonical spelling comes back as it was.
            Ok(uuid) if uuid.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == stream.id.as_str() => {
                Self::Uuid(uuid)
            }
            _ => Self::Text(&stream.id),
        }
    }
}

impl ToSql for CompactId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Uuid(uuid) => ToSqlOutput::Borrowed(ValueRef::Blob(uuid.as_bytes())),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

pub(super) fn actor_value(actor: Actor) -> ToSqlOutput<'static> {
    let word = |word: &'static str| ToSqlOutput::Borrowed(ValueRef::Text(word.as_bytes()));
    match actor {
        Actor::Account(id) => ToSqlOutput::Owned(Value::Blob(id.uuid().as_bytes().to_vec())),
        Actor::Anonymous => word("anonymous"),
        Actor::System => word("system"),
        Actor::Operator => word("operator"),
    }
}

/// All rows of a query, or an error; never a part of them.
pub(super) fn read_all(
    mut rows: Rows<'_>,
    fail: impl Fn(rusqlite::Error) -> LogError,
) -> Result<Vec<RecordedEvent>, LogError> {
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(&fail)? {
        events.push(read(row, &fail)?);
    }
    Ok(events)
}

pub(super) fn read(row: &Row<'_>, fail: impl Fn(rusqlite::Error) -> LogError) -> Result<RecordedEvent, LogError> {
    let position: i64 = row.get(0).map_err(&fail)?;
    let text = |column: usize, what: &str| -> Result<&str, LogError> {
        let value = row.get_ref(column).map_err(&fail)?;
        value.as_str().map_err(|error| unreadable(position, what, error))
    };
    let uuid = |column: usize, what: &str| -> Result<Uuid, LogError> {
        row.get(column).map_err(|error| unreadable(position, what, error))
    };
    let optional_uuid = |column: usize, what: &str| -> Result<Option<Uuid>, LogError> {
        row.get(column).map_err(|error| unreadable(position, what, error))
    };
    let kind = text(1, "the stream kind")?;
    let recorded_at: i64 = row.get(8).map_err(&fail)?;
    Ok(RecordedEvent {
        position: Position(position.cast_unsigned()),
        stream: StreamId {
            kind: StreamKind::from_str(kind).map_err(|_| unreadable(position, "an unknown stream kind", kind))?,
            id: match row.get_ref(2).map_err(&fail)? {
                ValueRef::Blob(_) => uuid(2, "the stream id")?.to_string(),
                _ => text(2, "the stream id")?.to_owned(),
            },
        },
        sequence: row.get::<_, i64>(3).map_err(&fail)?.cast_unsigned(),
        event_id: uuid(4, "the event id")?.into(),
        event_type: text(5, "the event type")?.to_owned(),
        event_version: text(6, "the event version")?.to_owned(),
        payload: text(7, "the payload")?.to_owned(),
        recorded_at: DateTime::from_timestamp_micros(recorded_at)
            .ok_or_else(|| unreadable(position, "the time", recorded_at))?,
        metadata: Metadata {
            actor: match row.get_ref(9).map_err(&fail)? {
                ValueRef::Blob(_) => Actor::Account(uuid(9, "the actor")?.into()),
                ValueRef::Text(b"anonymous") => Actor::Anonymous,
                ValueRef::Text(b"system") => Actor::System,
                ValueRef::Text(b"operator") => Actor::Operator,
                other => return Err(unreadable(position, "an unknown actor", format!("{other:?}"))),
            },
            client: text(10, "the client")?
                .parse()
                .map_err(|_| unreadable(position, "an unknown client in column", 10))?,
            command_id: uuid(11, "the command id")?.into(),
            correlation_id: uuid(12, "the correlation id")?.into(),
            causation_id: optional_uuid(13, "the causation id")?.map(Into::into),
            resource: optional_uuid(14, "the resource id")?.map(Into::into),
        },
    })
}
