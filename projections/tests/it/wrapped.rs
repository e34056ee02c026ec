//! A log that misbehaves, or ends early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use fieldlog_eventlog::{AppendError, EventLog, LogError, NewEvent, Position, Receipt, RecordedEvent, Snapshot};
use tokio::sync::watch;
use uuid::Uuid;

/// How it differs from the log behind it.
pub enum Twist {
    /// It delivers the last few events again, before the next ones.
    Repeats(u64),
    /// It ends here.
    EndsAt(Position),
    /// It cannot be read while this is set.
    IsAway(Arc<AtomicBool>),
    /// It counts how often its feed is read from the start.
    Counts(Arc<AtomicUsize>),
}

pub struct Wrapped {
    pub log: Arc<dyn EventLog>,
    pub twist: Twist,
}

impl Wrapped {
    pub fn twisted(log: &Arc<dyn EventLog>, twist: Twist) -> Arc<dyn EventLog> {
        Arc::new(Self { log: Arc::clone(log), twist })
    }

    fn check(&self) -> Result<(), LogError> {
        match &self.twist {
            Twist::IsAway(away) if away.load(Ordering::SeqCst) => Err(LogError::Unavailable("unplugged".to_owned())),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl EventLog for Wrapped {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        self.log.append(stream, expected, events).await
    }

    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.log.read_stream(stream, after, limit).await
    }

    async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.check()?;
        match &self.twist {
            Twist::Repeats(few) => {
                let mut page = self.log.read_feed(after, limit.min(50)).await?;
                if !page.is_empty() && after > Position::START {
                    let begin = Position(after.0.saturating_sub(*few));
                    let mut again = self.log.read_feed(begin, usize::try_from(*few).unwrap()).await?;
                    again.retain(|event| event.position <= after);
                    again.append(&mut page);
                    return Ok(again);
                }
                Ok(page)
            }
            Twist::EndsAt(end) => {
                let mut page = self.log.read_feed(after, limit).await?;
                page.retain(|event| event.position <= *end);
                Ok(page)
            }
            Twist::Counts(count) => {
                if after == Position::START {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                self.log.read_feed(after, limit).await
            }
            Twist::IsAway(_) => self.log.read_feed(after, limit).await,
        }
    }

    async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        self.log.event(id).await
    }

    async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        self.log.events_at(positions).await
    }

    async fn head(&self) -> Result<Position, LogError> {
        self.check()?;
        let head = self.log.head().await?;
        Ok(match &self.twist {
            Twist::EndsAt(end) => head.min(*end),
            _ => head,
        })
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
