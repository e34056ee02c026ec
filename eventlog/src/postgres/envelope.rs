//! How an event travels through `postgres-es`, whose inserts know seven columns.
//!
//! What it has no column for travels in the metadata; the trigger `append_event()` takes it out again.

use chrono::{DateTime, Utc};
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::SerializedEvent;
use cqrs_es::{Aggregate, DomainEvent};
use fieldlog_domain::StreamId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::port::LogError;
use crate::recorded::NewEvent;

/// Events of any stream: `postgres-es` takes the stream's kind from a type, the trigger replaces it by the real one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AnyStream;

/// Never made: `AnyStream` only gives its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AnyEvent;

impl DomainEvent for AnyEvent {
    fn event_type(&self) -> String {
        "any".to_owned()
    }

    fn event_version(&self) -> String {
        "0".to_owned()
    }
}

impl Aggregate for AnyStream {
    const TYPE: &'static str = "any";
    type Command = ();
    type Event = AnyEvent;
    type Error = std::convert::Infallible;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn apply(&mut self, _: AnyEvent) {}
}

/// The events of one append, ready for `persist`.
///
/// `times`: when another log took them, if they are copied from there.
pub(super) fn wrap(
    stream: &StreamId,
    expected: u64,
    events: &[NewEvent],
    times: Option<&[DateTime<Utc>]>,
) -> Result<Vec<SerializedEvent>, LogError> {
    let wrapped = events.iter().enumerate().map(|(index, event)| {
        let metadata = serde_json::to_string(&event.metadata).map_err(|error| {
            LogError::Damaged(format!("it does not take the metadata of {}: {error}", event.event_type))
        })?;
        Ok(SerializedEvent::new(
            stream.id.clone(),
            usize::try_from(expected).unwrap_or(usize::MAX).saturating_add(index + 1),
            AnyStream::TYPE.to_owned(),
            event.event_type.clone(),
            event.event_version.clone(),
            Value::String(event.payload.clone()),
            json!({
                "stream_kind": stream.kind.as_ref(),
                "event_id": event.event_id,
                "following": events.len() - 1 - index,
                "metadata": metadata,
                "recorded_at": times.map(|times| times[index]),
            }),
        ))
    });
    wrapped.collect()
}
