//! Holds a worker up at any of its steps: calls to the engine and appends to the log.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use fieldlog_eventlog::{AppendError, EventLog, LogError, NewEvent, Position, Receipt, RecordedEvent, Snapshot};
use fieldlog_worker::containers::fake::Interceptor;
use futures::future::BoxFuture;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// Asked at every step, with its name.
type Hook = Arc<dyn Fn(String) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

#[derive(Clone)]
pub struct Steps {
    hook: Hook,
}

impl Steps {
    pub fn hook(hook: impl Fn(String) -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static) -> Self {
        Self { hook: Arc::new(hook) }
    }

    /// For [`fieldlog_worker::containers::fake::FakeRuntime::intercepted`].
    pub fn interceptor(&self) -> Interceptor {
        let hook = self.hook.clone();
        Arc::new(move |call, moment| {
            let step = hook(format!("{call:?} {moment:?}"));
            Box::pin(async move { step.await.map_err(fieldlog_worker::containers::RuntimeError::Unavailable) })
        })
    }

    pub fn log(&self, log: Arc<dyn EventLog>) -> Arc<dyn EventLog> {
        Arc::new(HookedLog { log, hook: self.hook.clone() })
    }
}

/// Stops everything at the first step of this name after it was armed, for ever: the process is as good as dead there.
#[derive(Clone)]
pub struct Deadly {
    pub steps: Steps,
    reached: Arc<Notify>,
    is_armed: Arc<AtomicBool>,
}

impl Deadly {
    pub fn at(name: &str) -> Self {
        let (reached, is_dead, name) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)), name.to_owned());
        let told = reached.clone();
        let armed = Arc::new(AtomicBool::new(false));
        let is_armed = armed.clone();
        let steps = Steps::hook(move |step| {
            if step == name && armed.load(Ordering::SeqCst) && !is_dead.swap(true, Ordering::SeqCst) {
                told.notify_one();
            }
            // A dead process does nothing at all, in none of its tasks.
            let is_dead = is_dead.load(Ordering::SeqCst);
            Box::pin(async move { if is_dead { std::future::pending().await } else { Ok(()) } })
        });
        Self { steps, reached, is_armed }
    }

    /// From now on it counts.
    pub fn arm(&self) {
        self.is_armed.store(true, Ordering::SeqCst);
    }

    pub async fn reached(&self) {
        self.reached.notified().await;
    }
}

/// Fails at the first step of this name, as if it had not been done before it and as if nobody knew of it after it. So each
/// step is done once more than it should have to be.
#[derive(Clone)]
pub struct Stumble {
    pub steps: Steps,
    has_fallen: Arc<AtomicBool>,
}

impl Stumble {
    pub fn at(name: &str) -> Self {
        let (has_fallen, name) = (Arc::new(AtomicBool::new(false)), name.to_owned());
        let falls = has_fallen.clone();
        let steps = Steps::hook(move |step| {
            let falls = step == name && !falls.swap(true, Ordering::SeqCst);
            Box::pin(async move { if falls { Err("connection reset".to_owned()) } else { Ok(()) } })
        });
        Self { steps, has_fallen }
    }

    pub fn has_fallen(&self) -> bool {
        self.has_fallen.load(Ordering::SeqCst)
    }
}

/// Writes down every step.
#[derive(Clone)]
pub struct Recorder {
    pub steps: Steps,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl Recorder {
    pub fn new() -> Self {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let written = seen.clone();
        let steps = Steps::hook(move |step| {
            written.lock().unwrap().insert(step);
            Box::pin(async { Ok(()) })
        });
        Self { steps, seen }
    }

    /// Forgets what it has seen so far.
    pub fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    pub fn seen(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Lets nothing through while it is closed.
#[derive(Clone)]
pub struct Valve(Arc<watch::Sender<bool>>);

impl Valve {
    pub fn open() -> Self {
        Self(Arc::new(watch::Sender::new(true)))
    }

    pub fn set_open(&self, is_open: bool) {
        self.0.send_replace(is_open);
    }

    pub fn steps(&self) -> Steps {
        let valve = self.0.clone();
        Steps::hook(move |_| {
            let mut valve = valve.subscribe();
            Box::pin(async move {
                valve.wait_for(|is_open| *is_open).await.unwrap();
                Ok(())
            })
        })
    }
}

struct HookedLog {
    log: Arc<dyn EventLog>,
    hook: Hook,
}

impl HookedLog {
    async fn step(&self, what: String) -> Result<(), LogError> {
        (self.hook)(what).await.map_err(LogError::Unavailable)
    }
}

#[async_trait]
impl EventLog for HookedLog {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        let names: Vec<_> = events.iter().map(|event| event.event_type.clone()).collect();
        self.step(format!("append {names:?} Before")).await?;
        let receipt = self.log.append(stream, expected, events).await?;
        self.step(format!("append {names:?} After")).await?;
        Ok(receipt)
    }

    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.log.read_stream(stream, after, limit).await
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

    async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        self.log.position_at(time).await
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.log.changes()
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
        self.log.save_snapshot(stream, snapshot).await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        self.log.load_snapshot(stream).await
    }

    fn log_id(&self) -> Uuid {
        self.log.log_id()
    }

    fn describe(&self) -> String {
        self.log.describe()
    }
}
