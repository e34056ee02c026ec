//! A log that breaks when it is told to. The tests of the gateway use it too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use fieldlog_eventlog::{AppendError, EventLog, LogError, NewEvent, Position, Receipt, RecordedEvent, Snapshot};
use tokio::sync::watch;

pub struct FaultyLog {
    inner: Arc<dyn EventLog>,
    is_away: AtomicBool,
    appends_left: AtomicI64,
    in_doubt: AtomicUsize,
    pub appends: AtomicUsize,
}

impl FaultyLog {
    pub fn over(inner: Arc<dyn EventLog>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            is_away: AtomicBool::new(false),
            appends_left: AtomicI64::new(i64::MAX),
            in_doubt: AtomicUsize::new(0),
            appends: AtomicUsize::new(0),
        })
    }

    /// From now on nothing can be read or written.
    pub fn go_away(&self) {
        self.is_away.store(true, SeqCst);
    }

    /// The next `count` appends are written; then it is as if the program had crashed.
    pub fn crash_after(&self, count: i64) {
        self.appends_left.store(count, SeqCst);
    }

    /// The next `count` appends are written, but nobody learns of it.
    pub fn doubt(&self, count: usize) {
        self.in_doubt.store(count, SeqCst);
    }

    pub fn come_back(&self) {
        self.is_away.store(false, SeqCst);
        self.appends_left.store(i64::MAX, SeqCst);
    }

    /// Whether a crash that was ordered came.
    pub fn crashed(&self) -> bool {
        self.appends_left.load(SeqCst) < 0
    }

    fn there(&self) -> Result<(), LogError> {
        match self.is_away.load(SeqCst) || self.crashed() {
            true => Err(LogError::Unavailable("it was told to be away".into())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        self.there()?;
        if self.appends_left.fetch_sub(1, SeqCst) <= 0 {
            return Err(LogError::Unavailable("it crashed".into()).into());
        }
        self.appends.fetch_add(1, SeqCst);
        let receipt = self.inner.append(stream, expected, events).await?;
        if self.in_doubt.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(LogError::InDoubt("the answer got lost".into()).into());
        }
        Ok(receipt)
    }

    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.there()?;
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.there()?;
        self.inner.read_feed(after, limit).await
    }

    async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        self.there()?;
        self.inner.event(id).await
    }

    async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        self.there()?;
        self.inner.events_at(positions).await
    }

    async fn head(&self) -> Result<Position, LogError> {
        self.there()?;
        self.inner.head().await
    }

    async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        self.there()?;
        self.inner.position_at(time).await
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.inner.changes()
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
        self.there()?;
        self.inner.save_snapshot(stream, snapshot).await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        self.there()?;
        self.inner.load_snapshot(stream).await
    }

    fn log_id(&self) -> uuid::Uuid {
        self.inner.log_id()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }
}
