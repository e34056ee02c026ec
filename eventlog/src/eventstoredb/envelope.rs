//! How an event travels: its payload as data, everything else as its metadata.

use chrono::{DateTime, Utc};
use eventstore::EventData;
use fieldlog_domain::EventId;
use fieldlog_domain::StreamId;
use fieldlog_domain::provenance::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::names;
use crate::port::LogError;
use crate::recorded::{NewEvent, Position, RecordedEvent};

/// Longer payloads are shown to the server's own tools as bytes: checking that they are JSON to the letter costs a copy.
const SHOWN_AS_JSON: usize = 64 << 10;

/// The metadata of an event in EventStoreDB, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    event_version: String,
    /// How many events of the same append come after this one.
    following: u32,
    provenance: Metadata,
    /// For the server's own projections.
    #[serde(rename = "$correlationId", default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Uuid>,
    /// Microseconds: when another log took it, which it was copied from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded_at: Option<i64>,
    /// Where the payload is, when it is too large to be here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<Elsewhere>,
}

/// A payload in a stream of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    /// Hex; names the stream.
    pub(super) sha256: String,
    pub(super) bytes: usize,
}

/// An event to be sent.
pub(super) fn wrap(
    event: &NewEvent,
    following: usize,
    recorded_at: Option<DateTime<Utc>>,
    payload: Option<Elsewhere>,
) -> Result<EventData, LogError> {
    let envelope = Envelope {
        event_version: event.event_version.clone(),
        following: u32::try_from(following).unwrap_or(u32::MAX),
        provenance: event.metadata.clone(),
        correlation_id: Some(event.metadata.correlation_id.uuid()),
        recorded_at: recorded_at.map(|time| time.timestamp_micros()),
        payload,
    };
    let refuse = |error: serde_json::Error| {
        LogError::Damaged(format!("it does not take the metadata of {}: {error}", event.event_type))
    };
    let data = if envelope.payload.is_some() { "{}" } else { event.payload.as_str() };
    let sent = match json(data) {
        Some(json) => EventData::json(&event.event_type, &json).map_err(refuse)?,
        None => EventData::binary(&event.event_type, data.to_owned().into()),
    };
    sent.id(event.event_id.uuid()).metadata_as_json(&envelope).map_err(refuse)
}

/// JSON that is sent exactly as it is written.
fn json(data: &str) -> Option<&RawValue> {
    let raw: Option<&RawValue> = (data.len() <= SHOWN_AS_JSON).then(|| serde_json::from_str(data).ok()).flatten();
    raw.filter(|raw| raw.get().len() == data.len())
}

/// Everything but the payload, which may be elsewhere.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) position: Position,
    pub(super) prepare: u64,
    pub(super) stream: StreamId,
    pub(super) sequence: u64,
    pub(super) event_id: EventId,
    pub(super) following: u32,
    /// As the server's clock was, or as it was copied.
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) data: bytes::Bytes,
    event_type: String,
    event_version: String,
    provenance: Metadata,
}

impl Received {
    /// With its payload, and the time the index knows it by.
    pub(super) fn recorded(self, payload: String, recorded_at: DateTime<Utc>) -> RecordedEvent {
        RecordedEvent {
            position: self.position,
            stream: self.stream,
            sequence: self.sequence,
            event_id: self.event_id,
            event_type: self.event_type,
            event_version: self.event_version,
            payload,
            metadata: self.provenance,
            recorded_at,
        }
    }

    /// Bytes of its payload.
    pub(super) fn bytes(&self) -> usize {
        self.elsewhere.as_ref().map_or(self.data.len(), |elsewhere| elsewhere.bytes)
    }
}

/// What the server sent, if it is an event of this log as Fieldlog writes them.
pub(super) fn unwrap(place: &str, log: &str, event: eventstore::RecordedEvent) -> Result<Received, LogError> {
    let at = (event.stream_id.clone(), event.revision);
    let unreadable = |what: &str| {
        let (stream, revision) = &at;
        LogError::Damaged(format!(
            "{place}: event {revision} of stream {stream} has {what}; is {log:?} the log of another program?"
        ))
    };
    let stream = names::stream(log, &event.stream_id).ok_or_else(|| unreadable("a stream Fieldlog does not know"))?;
    let envelope: Envelope = serde_json::from_slice(&event.custom_metadata)
        .map_err(|error| unreadable(&format!("metadata Fieldlog did not write: {error}")))?;
    // The client rounds to seconds; the server says tenths of microseconds.
    let created = event.metadata.get("created").and_then(|ticks| ticks.parse::<i64>().ok()).map(|ticks| ticks / 10);
    let recorded_at = envelope.recorded_at.or(created).and_then(DateTime::from_timestamp_micros);
    Ok(Received {
        position: Position(event.position.commit),
        prepare: event.position.prepare,
        stream,
        sequence: event.revision + 1,
        event_id: EventId(event.id),
        following: envelope.following,
        recorded_at: recorded_at.ok_or_else(|| unreadable("no time"))?,
        elsewhere: envelope.payload,
        data: event.data,
        event_type: event.event_type,
        event_version: envelope.event_version,
        provenance: envelope.provenance,
    })
}
