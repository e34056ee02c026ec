//! The log as `cqrs-es` wants it.
//!
//! For `PersistedEventStore::new_event_store` only: the snapshots of `cqrs-es` 0.5 apply events twice.

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot};
use fieldlog_domain::provenance::Metadata;
use fieldlog_domain::{EventId, StreamId, StreamKind};
use serde_json::Value;
use uuid::Uuid;

use crate::port::{AppendError, EventLog, LogError};
use crate::recorded::{NewEvent, Position, Receipt, RecordedEvent};

const PAGE: usize = 1_000;
const BUFFER: usize = 1_000;

/// An event repository over any engine.
#[derive(Clone)]
pub struct LogRepository(pub Arc<dyn EventLog>);

impl LogRepository {
    /// What `persist` does, with the receipt.
    ///
    /// Event ids follow from the command's id and the place in its events, so the same command gives the same ids again.
    pub async fn append(&self, events: &[SerializedEvent]) -> Result<Receipt, AppendError> {
        let Some(first) = events.first() else {
            return Err(LogError::Damaged("it does not take an append without an event".to_owned()).into());
        };
        let stream = stream(&first.aggregate_type, &first.aggregate_id)?;
        let expected = (first.sequence as u64).saturating_sub(1);
        let events = events
            .iter()
            .enumerate()
            .map(|(index, event)| new_event(&stream, index, event))
            .collect::<Result<_, _>>()?;
        self.0.append(&stream, expected, events).await
    }

    async fn read<A: Aggregate>(&self, id: &str, after: u64) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let stream = stream(A::TYPE, id).map_err(persistence)?;
        let events = self.0.read_stream(&stream, after, usize::MAX).await.map_err(persistence)?;
        events.into_iter().map(serialized).collect()
    }
}

impl PersistedEventRepository for LogRepository {
    async fn get_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.read::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.read::<A>(aggregate_id, last_sequence as u64).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _aggregate_id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        match self.append(events).await {
            Ok(_) => Ok(()),
            Err(AppendError::Conflict { .. }) => Err(PersistenceError::OptimisticLockError),
            Err(AppendError::Log(error)) => Err(persistence(error)),
        }
    }

    async fn stream_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<ReplayStream, PersistenceError> {
        let stream = stream(A::TYPE, aggregate_id).map_err(persistence)?;
        let log = Arc::clone(&self.0);
        let (mut feed, replay) = ReplayStream::new(BUFFER);
        tokio::spawn(async move {
            let mut after = 0;
            loop {
                let page = log.read_stream(&stream, after, PAGE).await;
                let more = page.as_ref().is_ok_and(|page| page.len() == PAGE);
                after = page.as_ref().ok().and_then(|page| page.last()).map_or(after, |last| last.sequence);
                if push(&mut feed, page).await.is_err() || !more {
                    return;
                }
            }
        });
        Ok(replay)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let kind = kind(A::TYPE).map_err(persistence)?;
        let log = Arc::clone(&self.0);
        let (mut feed, replay) = ReplayStream::new(BUFFER);
        tokio::spawn(async move {
            let mut after = Position::START;
            loop {
                let mut page = log.read_feed(after, PAGE).await;
                let last = page.as_ref().ok().and_then(|page| page.last()).map(|last| last.position);
                if let Ok(page) = &mut page {
                    page.retain(|event| event.stream.kind == kind);
                }
                if push(&mut feed, page).await.is_err() {
                    return;
                }
                // An error was pushed and ends the stream; so does the end of the feed.
                let Some(last) = last else { return };
                after = last;
            }
        });
        Ok(replay)
    }
}

/// Hands a page on, or the error in its place. `Err`: nobody listens any more.
async fn push(
    feed: &mut cqrs_es::persist::ReplayFeed,
    page: Result<Vec<RecordedEvent>, LogError>,
) -> Result<(), PersistenceError> {
    match page {
        Ok(page) => {
            for event in page {
                feed.push(serialized(event)).await?;
            }
            Ok(())
        }
        Err(error) => feed.push(Err(persistence(error))).await,
    }
}

fn kind(aggregate_type: &str) -> Result<StreamKind, LogError> {
    aggregate_type.parse().map_err(|_| LogError::Damaged(format!("it knows no stream kind {aggregate_type:?}")))
}

fn stream(aggregate_type: &str, id: &str) -> Result<StreamId, LogError> {
    Ok(StreamId { kind: kind(aggregate_type)?, id: id.to_owned() })
}

fn new_event(stream: &StreamId, index: usize, event: &SerializedEvent) -> Result<NewEvent, LogError> {
    let metadata = from_texts(&event.metadata).map_err(|error| {
        LogError::Damaged(format!("it does not take the metadata of {} for {stream}: {error}", event.event_type))
    })?;
    let actor = metadata.actor.account();
    Ok(NewEvent {
        event_id: EventId(metadata.command_id.derive(actor, &format!("event {index} of {stream}"))),
        event_type: event.event_type.clone(),
        event_version: event.event_version.clone(),
        payload: event.payload.to_string(),
        metadata,
    })
}

fn serialized(event: RecordedEvent) -> Result<SerializedEvent, PersistenceError> {
    let payload = serde_json::from_str(&event.payload)
        .map_err(|error| PersistenceError::DeserializationError(Box::new(error)))?;
    let metadata = to_texts(&event.metadata, event.event_id.uuid())?;
    Ok(SerializedEvent::new(
        event.stream.id,
        usize::try_from(event.sequence).unwrap_or(usize::MAX),
        event.stream.kind.as_ref().to_owned(),
        event.event_type,
        event.event_version,
        payload,
        metadata,
    ))
}

/// Metadata as the map of texts that `cqrs-es` carries: a text is itself, anything else its JSON.
pub fn metadata_texts(metadata: &Metadata) -> Result<HashMap<String, String>, serde_json::Error> {
    let Value::Object(fields) = serde_json::to_value(metadata)? else { return Ok(HashMap::new()) };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(fields.into_iter().map(|(key, value)| (key, text(value))).collect())
}

fn to_texts(metadata: &Metadata, event_id: Uuid) -> Result<Value, PersistenceError> {
    let mut texts = metadata_texts(metadata)?;
    texts.insert("event_id".to_owned(), event_id.to_string());
    Ok(serde_json::to_value(texts)?)
}

/// The way back; metadata that was never made into texts is understood too.
fn from_texts(texts: &Value) -> Result<Metadata, serde_json::Error> {
    let mut fields = texts.clone();
    if let Some(Value::String(actor)) = fields.get("actor")
        && let Ok(actor @ Value::Object(_)) = serde_json::from_str(actor)
    {
        fields["actor"] = actor;
    }
    serde_json::from_value(fields)
}

fn persistence(error: LogError) -> PersistenceError {
    match error {
        LogError::Unavailable(_) | LogError::InDoubt(_) => PersistenceError::ConnectionError(Box::new(error)),
        LogError::Damaged(_) => PersistenceError::UnknownError(Box::new(error)),
    }
}
