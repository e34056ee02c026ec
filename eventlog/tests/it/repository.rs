//! The log under `cqrs-es`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use async_trait::async_trait;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, SemanticVersionEventUpcaster};
use cqrs_es::{Aggregate, AggregateContext, AggregateError, DomainEvent, EventStore};
use fieldlog_domain::{EventId, StreamId, StreamKind};
use fieldlog_eventlog::repository::metadata_texts;
use fieldlog_eventlog::{
    AppendError, EventLog, LogError, LogRepository, NewEvent, Position, Receipt, RecordedEvent, Snapshot,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::build::{event, metadata, several};
use crate::engine::Engine;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Counter {
    total: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Added {
    amount: u64,
}

impl DomainEvent for Added {
    fn event_type(&self) -> String {
        "added".to_owned()
    }

    fn event_version(&self) -> String {
        "2.0.0".to_owned()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "job";
    type Command = u64;
    type Event = Added;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, amount: u64, (): &(), sink: &EventSink<Self>) -> Result<(), Infallible> {
        sink.write(Added { amount }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Added) {
        self.total += event.amount;
    }
}

fn store(log: &Arc<dyn EventLog>) -> PersistedEventStore<LogRepository, Counter> {
    PersistedEventStore::new_event_store(LogRepository(Arc::clone(log)))
}

crate::on_every_engine! {
    an_aggregate_is_loaded_from_what_it_committed
    a_lost_race_is_an_aggregate_conflict
    old_shapes_are_upcast_on_the_way_in
    a_replay_gives_everything_once
}

async fn an_aggregate_is_loaded_from_what_it_committed(engine: Engine) {
    let log = engine.open().await;
    let store = store(&log);
    let by = metadata();
    let texts = metadata_texts(&by).unwrap();
    for amount in [1, 10, 100] {
        let context = store.load_aggregate("one").await.unwrap();
        let texts = if amount == 1 { texts.clone() } else { metadata_texts(&metadata()).unwrap() };
        store.commit(vec![Added { amount }, Added { amount }], context, texts).await.unwrap();
    }
    let mut context = store.load_aggregate("one").await.unwrap();
    assert_eq!((context.aggregate().total, context.current_sequence), (222, 6));
    // The first command again: its events are there already.
    store.commit(vec![Added { amount: 1 }, Added { amount: 1 }], context, texts).await.unwrap();
    let events = log.read_feed(Position::START, 100).await.unwrap();
    assert_eq!(events.len(), 6);
    assert_eq!(events[0].metadata, by);
    assert_eq!(events[0].stream, StreamId::new(StreamKind::Job, "one"));
}

async fn a_lost_race_is_an_aggregate_conflict(engine: Engine) {
    let log = engine.open().await;
    let store = store(&log);
    let (one, other) = (store.load_aggregate("one").await.unwrap(), store.load_aggregate("one").await.unwrap());
    store.commit(vec![Added { amount: 1 }], one, metadata_texts(&metadata()).unwrap()).await.unwrap();
    let lost = store.commit(vec![Added { amount: 1 }], other, metadata_texts(&metadata()).unwrap()).await;
    assert!(matches!(lost, Err(AggregateError::AggregateConflict)));
    let unnamed = store.load_aggregate("two").await.unwrap();
    let refused = store.commit(vec![Added { amount: 1 }], unnamed, HashMap::new()).await;
    assert!(matches!(refused, Err(AggregateError::UnexpectedError(_))), "metadata must name its command");
}

async fn old_shapes_are_upcast_on_the_way_in(engine: Engine) {
    let log = engine.open().await;
    let old = NewEvent { event_type: "added".to_owned(), ..event(r#"{"by":7}"#) };
    log.append(&StreamId::new(StreamKind::Job, "old"), 0, vec![old]).await.unwrap();
    let upcaster =
        SemanticVersionEventUpcaster::new("added", "2.0.0", Box::new(|old| serde_json::json!({ "amount": old["by"] })));
    let store = store(&log).with_upcasters(vec![Box::new(upcaster)]);
    assert_eq!(store.load_aggregate("old").await.unwrap().aggregate().total, 7);
}

async fn a_replay_gives_everything_once(engine: Engine) {
    let log = engine.open().await;
    for id in ["a", "b"] {
        let events = (0..1_500).map(|amount| event(format!(r#"{{"amount":{amount}}}"#))).collect();
        log.append(&StreamId::new(StreamKind::Job, id), 0, events).await.unwrap();
        log.append(&StreamId::new(StreamKind::File, id), 0, several(10)).await.unwrap();
    }
    let repository = LogRepository(log);
    for (mut replay, expected) in [
        (repository.stream_events::<Counter>("b").await.unwrap(), 1_500),
        (repository.stream_all_events::<Counter>().await.unwrap(), 3_000),
    ] {
        let mut amounts = Vec::new();
        while let Some(event) = replay.next::<Counter>(&[]).await {
            amounts.push(event.unwrap().payload.amount);
        }
        assert_eq!(amounts, (0..1_500).cycle().take(expected).collect::<Vec<_>>());
    }
}

/// A log that breaks off after its first page.
struct BreaksOff(Arc<dyn EventLog>);

#[async_trait]
impl EventLog for BreaksOff {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        self.0.append(stream, expected, events).await
    }
    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        if after == 0 {
            self.0.read_stream(stream, after, limit).await
        } else {
            Err(LogError::Unavailable("cut".to_owned()))
        }
    }
    async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        if after == Position::START {
            self.0.read_feed(after, limit).await
        } else {
            Err(LogError::Unavailable("cut".to_owned()))
        }
    }
    async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        self.0.event(id).await
    }
    async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        self.0.events_at(positions).await
    }
    async fn head(&self) -> Result<Position, LogError> {
        self.0.head().await
    }
    async fn position_at(&self, time: chrono::DateTime<chrono::Utc>) -> Result<Position, LogError> {
        self.0.position_at(time).await
    }
    fn changes(&self) -> watch::Receiver<Position> {
        self.0.changes()
    }
    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
        self.0.save_snapshot(stream, snapshot).await
    }
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        self.0.load_snapshot(stream).await
    }
    fn log_id(&self) -> uuid::Uuid {
        self.0.log_id()
    }
    fn describe(&self) -> String {
        self.0.describe()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_breaks_off_ends_in_an_error() {
    let engine = Engine::sqlite();
    let log = engine.open().await;
    let events = (0..1_500).map(|amount| event(format!(r#"{{"amount":{amount}}}"#))).collect();
    log.append(&StreamId::new(StreamKind::Job, "a"), 0, events).await.unwrap();
    let repository = LogRepository(Arc::new(BreaksOff(log)));
    for mut replay in [
        repository.stream_events::<Counter>("a").await.unwrap(),
        repository.stream_all_events::<Counter>().await.unwrap(),
    ] {
        let mut last = None;
        while let Some(event) = replay.next::<Counter>(&[]).await {
            last = Some(event);
        }
        assert!(matches!(last, Some(Err(_))), "the replay ended as if it were complete");
    }
}
