//! The log in one SQLite file, for one machine.
//!
//! One thread of each process writes ([`writer`]); requests that arrive meanwhile share its next transaction. Positions are
//! taken inside the transaction and SQLite lets one transaction write at a time, so the order of commits is the order of
//! positions, whichever process wrote.

mod append;
mod error;
mod housekeeping;
mod reader;
mod row;
mod schema;
mod turn;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use self::housekeeping::{Housekeeper, Wake, WalSize};
use self::reader::{Readers, SHORT};
use self::turn::Turnstile;
use self::writer::{Request, Writer};
use crate::admission::admit;
use crate::clock::{Clock, system_clock};
use crate::copying::{CopiedAppend, Copying};
use crate::port::{AppendError, EventLog, LogError, Snapshot};
use crate::recorded::{NewEvent, Position, Receipt, RecordedEvent};

/// Requests that may wait for the writer before callers wait to hand theirs over.
const QUEUE: usize = 1024;

/// What may differ from one log to another.
#[derive(Clone)]
pub struct SqliteOptions {
    /// Tells `recorded_at`.
    pub clock: Clock,
    /// How long to wait for another process's transaction.
    pub patience: Duration,
    /// How often to look for what other processes committed.
    pub watch_every: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { clock: system_clock(), patience: Duration::from_secs(5), watch_every: Duration::from_millis(250) }
    }
}

/// The log in one SQLite file. Dropping it answers what is under way and closes the file.
pub struct SqliteLog {
    path: PathBuf,
    id: Uuid,
    readers: Arc<Readers>,
    head: Arc<watch::Sender<Position>>,
    requests: Option<mpsc::Sender<Request>>,
    wake: SyncSender<Wake>,
    threads: Vec<JoinHandle<()>>,
}

impl SqliteLog {
    /// Opens the log in the file at `path`, making it when it is not there.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Arc<Self>, LogError> {
        let path = path.as_ref().to_owned();
        let (connection, id) = schema::open(&path, options.patience, (options.clock)())?;
        let turnstile = Turnstile::beside(&path)
            .map_err(|error| LogError::Unavailable(format!("the lock file {}-turn: {error}", path.display())))?;
        let readers = Arc::new(Readers::new(path.clone(), options.patience));
        let head = Arc::new(watch::Sender::new(readers.read(|reading| reading.head())?));
        let (wake, woken) = sync_channel(1);
        let wal = Arc::new(WalSize::new(wake.clone()));
        let (requests, asked) = mpsc::channel(QUEUE);

        let housekeeper = Housekeeper {
            path: path.clone(),
            connection: schema::writing(&path, options.patience)?,
            head: Arc::clone(&head),
            wal: Arc::clone(&wal),
            watch_every: options.watch_every,
        };
        let writer = Writer { path: path.clone(), options, connection, turnstile, head: Arc::clone(&head), wal };
        let threads = vec![
            start("log-writer", move || writer.run(asked))?,
            start("log-housekeeper", move || housekeeper.run(woken))?,
        ];
        Ok(Arc::new(Self { path, id, readers, head, requests: Some(requests), wake, threads }))
    }

    async fn ask<T>(&self, request: Request, answer: oneshot::Receiver<T>) -> Result<T, LogError> {
        let stopped = || LogError::Unavailable(format!("the writer of {} has stopped", self.path.display()));
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        requests.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LogError> {
    Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| LogError::Unavailable(format!("the thread {name} could not be started: {error}")))
}

#[async_trait]
impl Copying for SqliteLog {
    async fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError> {
        let positions = positions.to_vec();
        self.readers.run(positions.len(), move |reading| reading.following(&positions)).await
    }

    async fn restore(&self, appends: Vec<CopiedAppend>) -> Result<(), AppendError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Restore { appends, reply }, answer).await?
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        self.requests = None;
        self.readers.close();
        // The writer first: it answers what was asked. The last connection to close moves everything into the file.
        for (index, thread) in self.threads.drain(..).enumerate() {
            if index == 1 {
                self.wake.send(Wake::Stop).ok();
            }
            if thread.join().is_err() {
                tracing::error!(log = %self.path.display(), "a thread of the event log panicked");
            }
        }
    }
}

#[async_trait]
impl EventLog for SqliteLog {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        admit(stream, expected, &events)?;
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Append { stream: stream.clone(), expected, events, reply }, answer).await?
    }

    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        let (first, of) = (limit.min(SHORT), stream.clone());
        let mut events = self.readers.run(first, move |reading| reading.stream(&of, after, first)).await?;
        // Most streams are short, whatever the limit. What was read of a stream never changes, so two reads are as good as one.
        if events.len() == first && limit > first {
            let (after, limit, of) = (after + first as u64, limit - first, stream.clone());
            events.append(&mut self.readers.run(limit, move |reading| reading.stream(&of, after, limit)).await?);
        }
        Ok(events)
    }

    async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        // Near the head a page is short, whatever its limit.
        let behind = usize::try_from(self.head.borrow().0.saturating_sub(after.0)).unwrap_or(usize::MAX);
        if behind < SHORT {
            let first = limit.min(SHORT);
            let page = self.readers.run(first, move |reading| reading.feed(after, first)).await?;
            if page.len() < SHORT {
                return Ok(page);
            }
        }
        self.readers.run(limit, move |reading| reading.feed(after, limit)).await
    }

    async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        self.readers.run(1, move |reading| reading.event(id)).await
    }

    async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        let positions = positions.to_vec();
        self.readers.run(positions.len(), move |reading| reading.events_at(positions)).await
    }

    async fn head(&self) -> Result<Position, LogError> {
        self.readers.run(1, |reading| reading.head()).await
    }

    async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        self.readers.run(1, move |reading| reading.position_at(time)).await
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::SaveSnapshot { stream: stream.clone(), snapshot, reply }, answer).await?
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        let stream = stream.clone();
        self.readers.run(1, move |reading| reading.snapshot(&stream)).await
    }

    fn log_id(&self) -> Uuid {
        self.id
    }

    fn describe(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }
}
