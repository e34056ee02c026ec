//! A log moves from one engine to another, in every direction.

use std::sync::Arc;

use fieldlog_eventlog::{AppendError, CopyError, Copying, EventLog, Position, RecordedEvent, copy, open_to_copy};

use crate::build::{event, named, several, stream};
use crate::engine::Engine;

type Start = fn() -> Engine;
const ENGINES: [(&str, Start); 3] =
    [("sqlite", Engine::sqlite), ("postgres", Engine::postgres), ("eventstoredb", Engine::eventstoredb)];

async fn opened(engine: &Engine) -> Arc<dyn Copying> {
    open_to_copy(&engine.url, None).await.unwrap()
}

/// Appends of one to five events in turns to three streams, one of them long, one event of a megabyte.
async fn filled(engine: &Engine) -> Arc<dyn Copying> {
    let log = opened(engine).await;
    let streams = [stream(), stream(), named("élan 測量 '\"%")];
    let mut sequences = [0; 3];
    for number in 0..60 {
        let which = number % 3;
        let events = several(1 + number % 5);
        sequences[which] = log.append(&streams[which], sequences[which], events).await.unwrap().sequence;
    }
    log.append(&stream(), 0, several(1_200)).await.unwrap();
    log.append(&stream(), 0, vec![event("1"), event(format!("\"{}\"", "ä".repeat(600_000)))]).await.unwrap();
    log
}

async fn whole(log: &dyn Copying) -> Vec<RecordedEvent> {
    let mut all: Vec<RecordedEvent> = Vec::new();
    loop {
        let page = log.read_feed(all.last().map_or(Position::START, |event| event.position), 1_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn without_positions(events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
    events.into_iter().map(|event| RecordedEvent { position: Position::START, ..event }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_and_every_engine_hold_the_same_after_a_copy_in_every_direction() {
    for (from, start_from) in ENGINES {
        let source_engine = start_from();
        let source = filled(&source_engine).await;
        let events = without_positions(whole(&*source).await);
        let mut digests = Vec::new();
        for (to, start_to) in ENGINES {
            let target_engine = start_to();
            let target = opened(&target_engine).await;
            let copied =
                copy(&*source, &*target, |_| {}).await.unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
            assert_eq!((copied.found, copied.events), (0, events.len() as u64), "{from} to {to}");
            assert!(without_positions(whole(&*target).await) == events, "{from} to {to}");
            digests.push(copied.digest);
            // It is the log it was: repeated appends are answered, and new ones come later than all before.
            let first = &events[5];
            let last = events.iter().rfind(|event| event.stream == first.stream).unwrap();
            let next = target.append(&first.stream, last.sequence, several(1)).await.unwrap();
            let event = target.events_at(&[next.position]).await.unwrap().pop().unwrap();
            assert!(event.recorded_at >= events.last().unwrap().recorded_at, "{from} to {to}");
        }
        assert!(digests.iter().all(|digest| *digest == digests[0]), "{from}: {digests:?}");
    }
}

/// Copies until so many events were copied, and then no more.
struct BreaksOff {
    log: Arc<dyn Copying>,
    after: std::sync::atomic::AtomicUsize,
}

mod breaking {
    use async_trait::async_trait;
    use fieldlog_domain::{EventId, StreamId};
    use fieldlog_eventlog::{CopiedAppend, LogError, NewEvent, Receipt, Snapshot};

    use super::*;

    #[async_trait]
    impl Copying for BreaksOff {
        async fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError> {
            self.log.following(positions).await
        }
        async fn restore(&self, appends: Vec<CopiedAppend>) -> Result<(), AppendError> {
            for append in appends {
                let left = self.after.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                if left == 0 {
                    self.after.store(0, std::sync::atomic::Ordering::SeqCst);
                    return Err(LogError::Unavailable("cut".to_owned()).into());
                }
                self.log.restore(vec![append]).await?;
            }
            Ok(())
        }
    }

    #[async_trait]
    impl EventLog for BreaksOff {
        async fn append(
            &self,
            stream: &StreamId,
            expected: u64,
            events: Vec<NewEvent>,
        ) -> Result<Receipt, AppendError> {
            self.log.append(stream, expected, events).await
        }
        async fn read_stream(&self, of: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
            self.log.read_stream(of, after, limit).await
        }
        async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
            self.log.read_feed(after, limit).await
        }
        async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
            self.log.event(id).await
        }
        async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
            self.log.events_at(positions).await
        }
        async fn head(&self) -> Result<Position, LogError> {
            self.log.head().await
        }
        async fn position_at(&self, time: chrono::DateTime<chrono::Utc>) -> Result<Position, LogError> {
            self.log.position_at(time).await
        }
        fn changes(&self) -> tokio::sync::watch::Receiver<Position> {
            self.log.changes()
        }
        async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
            self.log.save_snapshot(stream, snapshot).await
        }
        async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
            self.log.load_snapshot(stream).await
        }
        fn log_id(&self) -> uuid::Uuid {
            self.log.log_id()
        }
        fn describe(&self) -> String {
            self.log.describe()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_and_every_engine_go_on_with_a_copy_that_broke_off() {
    let source_engine = Engine::sqlite();
    let source = filled(&source_engine).await;
    for (to, start_to) in ENGINES {
        let events = without_positions(whole(&*source).await);
        let engine = start_to();
        let log = opened(&engine).await;
        for appends in [7, 31, 0] {
            let target = BreaksOff { log: Arc::clone(&log), after: appends.into() };
            let error = copy(&*source, &target, |_| {}).await.unwrap_err();
            assert!(error.to_string().contains("cut"), "{to}: {error}");
        }
        let copied = copy(&*source, &*log, |_| {}).await.unwrap();
        assert!(copied.found > 38 && copied.events == events.len() as u64, "{to}: {copied:?}");
        assert!(without_positions(whole(&*log).await) == events, "{to}");
        // Again: all of it is there.
        let again = copy(&*source, &*log, |_| {}).await.unwrap();
        assert_eq!(again, fieldlog_eventlog::Copied { found: copied.events, ..copied });
        // What came meanwhile is copied, too.
        source.append(&stream(), 0, several(3)).await.unwrap();
        assert!(copy(&*source, &*log, |_| {}).await.unwrap().events >= events.len() as u64 + 3);
        break_one(&source, &log).await;
    }
}

/// An event in the copy that the original does not have.
async fn break_one(source: &Arc<dyn Copying>, target: &Arc<dyn Copying>) {
    target.append(&stream(), 0, several(1)).await.unwrap();
    let error = copy(&**source, &**target, |_| {}).await.unwrap_err();
    assert!(matches!(error, CopyError::AnotherLog { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_into_another_log_or_itself_is_refused() {
    let (one, other) = (Engine::sqlite(), Engine::eventstoredb());
    let (source, target) = (filled(&one).await, filled(&other).await);
    let before = whole(&*target).await;
    let error = copy(&*source, &*target, |_| {}).await.unwrap_err();
    assert!(matches!(error, CopyError::AnotherLog { .. }), "{error:?}");
    assert!(whole(&*target).await == before, "what was there stays as it was");
    let error = copy(&*source, &*opened(&one).await, |_| {}).await.unwrap_err();
    assert!(matches!(error, CopyError::SameLog(_)), "{error:?}");
}
