//! The log in a PostgreSQL database, for any number of processes on any number of machines.
//!
//! Events go in through `postgres-es`; a trigger gives each its place (`migrations/postgres`). Nothing is read through
//! `postgres-es`: its streams end silently when a connection dies.

mod appender;
mod connect;
mod envelope;
mod error;
mod hints;
mod lookup;
mod reader;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_es::persist::PersistedEventRepository;
use fieldlog_domain::{EventId, StreamId};
use postgres_es::PostgresEventRepository;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use self::appender::{Appender, Request};
pub use self::connect::PostgresOptions;
use self::envelope::{AnyStream, wrap};
use self::error::{Failure, of_persist};
use self::hints::Hints;
use self::reader::Reader;
use crate::admission::admit;
use crate::copying::{CopiedAppend, Copying};
use crate::head::advance;
use crate::port::{AppendError, EventLog, LogError, Snapshot};
use crate::recorded::{NewEvent, Position, Receipt, RecordedEvent};
use crate::url::without_password;

/// Requests that may wait for the appender before callers wait to hand theirs over.
const QUEUE: usize = 1024;

/// The log in a PostgreSQL database. It works on the runtime it was connected on.
pub struct PostgresLog {
    place: Arc<str>,
    id: Uuid,
    reader: Reader,
    head: Arc<watch::Sender<Position>>,
    requests: mpsc::Sender<Request>,
    /// Not the appender: it ends by itself when it has answered what was asked.
    tasks: Vec<JoinHandle<()>>,
}

impl PostgresLog {
    /// Connects to the log at `url`, making its schema and tables when they are not there.
    pub async fn connect(url: &str, options: PostgresOptions) -> Result<Arc<Self>, LogError> {
        let place: Arc<str> = without_password(url).into();
        let (pool, id) = connect::connect(url, &place, &options).await?;
        let reader = Reader { pool: pool.clone(), place: Arc::clone(&place), patience: options.patience };
        let head = Arc::new(watch::Sender::new(reader.head().await?));
        let committed = Arc::new(Notify::new());
        let (requests, asked) = mpsc::channel(QUEUE);

        let appender = Appender {
            pool: pool.clone(),
            repository: PostgresEventRepository::new(pool.clone()),
            place: Arc::clone(&place),
            patience: options.patience,
            head: Arc::clone(&head),
            committed: Arc::clone(&committed),
        };
        tokio::spawn(appender.run(asked));
        let hints = Arc::new(Hints { pool, channel: format!("fieldlog_{}", id.simple()), head: Arc::clone(&head) });
        let tasks = vec![
            tokio::spawn(Arc::clone(&hints).send(committed, options.notify_every)),
            tokio::spawn(Arc::clone(&hints).listen()),
            tokio::spawn(hints.look(options.look_every)),
        ];
        Ok(Arc::new(Self { place, id, reader, head, requests, tasks }))
    }
}

impl Drop for PostgresLog {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

#[async_trait]
impl Copying for PostgresLog {
    async fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError> {
        self.reader.following(positions).await
    }

    /// As one transaction, in this order; the appender would put what waits for one stream behind the others.
    async fn restore(&self, appends: Vec<CopiedAppend>) -> Result<(), AppendError> {
        let mut events = Vec::new();
        for copied in &appends {
            let Some(first) = copied.0.first() else { continue };
            admit(&first.stream, copied.expected(), &copied.events())?;
            events.extend(wrap(&first.stream, copied.expected(), &copied.events(), Some(&copied.times()))?);
        }
        let repository = PostgresEventRepository::new(self.reader.pool.clone());
        match repository.persist::<AnyStream>(&events, None).await.map_err(|error| of_persist(&self.place, error)) {
            Ok(()) => {
                advance(&self.head, self.reader.head().await?);
                Ok(())
            }
            Err(Failure::Conflict) => {
                let why = "a stream is not where the copy left it; does somebody else append to it?";
                Err(LogError::Damaged(format!("{}: {why}", self.place)).into())
            }
            Err(Failure::NotWritten(error)) => Err(error.into()),
            Err(Failure::Unknown(error)) => Err(LogError::InDoubt(error.to_string()).into()),
        }
    }
}

#[async_trait]
impl EventLog for PostgresLog {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        admit(stream, expected, &events)?;
        let stopped = || LogError::Unavailable(format!("the appender of {} has stopped", self.place));
        let (reply, answer) = oneshot::channel();
        let request = Request { stream: stream.clone(), expected, events, reply };
        self.requests.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.reader.stream(stream, after, limit).await
    }

    async fn read_feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.reader.feed(after, limit).await
    }

    async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        self.reader.event(id).await
    }

    async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        self.reader.events_at(positions).await
    }

    async fn head(&self) -> Result<Position, LogError> {
        self.reader.head().await
    }

    async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        self.reader.position_at(time).await
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
        self.reader.save_snapshot(stream, &snapshot).await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        self.reader.snapshot(stream).await
    }

    fn log_id(&self) -> Uuid {
        self.id
    }

    fn describe(&self) -> String {
        self.place.to_string()
    }
}
