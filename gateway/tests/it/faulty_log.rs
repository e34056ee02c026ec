//! A log that is away when it is told to be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use fieldlog_eventlog::{AppendError, EventLog, LogError, NewEvent, Position, Receipt, RecordedEvent, Snapshot};
use tokio::sync::watch;

pub struct FaultyLog {
    inner: Arc<dyn EventLog>,
    is_away: AtomicBool,
}

impl FaultyLog {
    pub fn over(inner: Arc<dyn EventLog>) -> Arc<Self> {
        Arc::new(Self { inner, is_away: AtomicBool::new(false) })
    }

    pub fn go_away(&self) {
        self.is_away.store(true, SeqCst);
    }

    pub fn come_back(&self) {
        self.is_away.store(false, SeqCst);
    }

    fn there(&self) -> Result<(), LogError> {
        match self.is_away.load(SeqCst) {
            true => Err(LogError::Unavailable("it was told to be away".into())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        self.there()?;
        self.inner.append(stream, expected, events).await
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
