//! The log in EventStoreDB (KurrentDB), for any number of processes on any number of machines.
//!
//! The server orders appends (`$all`), compares expected revisions and repeats answers. What it has no index for (ids, times,
//! arbitrary positions) each machine folds from `$all` into an index of its own
//! (docs/adr/0017-an-index-beside-eventstoredb.md).

mod address;
mod appender;
mod ended;
mod envelope;
mod error;
mod follower;
mod identity;
mod index;
mod names;
mod node;
mod payload;
mod reader;
mod snapshots;
mod tls;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fieldlog_domain::{EventId, StreamId};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) use self::address::Address;
use self::appender::Appender;
use self::follower::{Follower, Progress};
use self::index::Index;
use self::node::Node;
use self::reader::Reader;
pub use self::tls::install_tls_provider;
use crate::admission::admit;
use crate::copying::{CopiedAppend, Copying};
use crate::port::{AppendError, EventLog, LogError, Snapshot};
use crate::recorded::{NewEvent, Position, Receipt, RecordedEvent};

/// What may differ from one log to another.
#[derive(Debug, Clone)]
pub struct EventStoreDbOptions {
    /// The folder the index is kept in; without one it is made anew each time, in a temporary file.
    pub index_in: Option<PathBuf>,
    /// How long to wait for any single message of the server.
    pub patience: Duration,
}

impl Default for EventStoreDbOptions {
    fn default() -> Self {
        Self { index_in: None, patience: Duration::from_secs(5) }
    }
}

/// The log in EventStoreDB. It works on the runtime it was connected on.
pub struct EventStoreDbLog {
    id: Uuid,
    node: Arc<Node>,
    reader: Arc<Reader>,
    appender: Appender,
    head: Arc<watch::Sender<Position>>,
    following: JoinHandle<()>,
}

impl EventStoreDbLog {
    /// Connects to the log at `url` (`esdb://…`), makes it when it is not there, and waits until the index has all of it.
    pub async fn connect(url: &str, options: EventStoreDbOptions) -> Result<Arc<Self>, LogError> {
        install_tls_provider().await?;
        let address: Address = url.parse().map_err(|why| {
            LogError::Unavailable(format!("{} is not a URL of EventStoreDB: {why}", crate::url::without_password(url)))
        })?;
        let node = Arc::new(Node::new(address, options.patience)?);
        identity::check_server(&node).await?;
        let id = identity::log_id(&node).await?;
        let index = Arc::new(open_index(options.index_in, id).await?);
        let last = index.last()?;
        let head = Arc::new(watch::Sender::new(last.as_ref().map_or(Position::START, |row| row.position)));
        let follower = Arc::new(Follower {
            node: Arc::clone(&node),
            index: Arc::clone(&index),
            progress: watch::Sender::default(),
            head: Arc::clone(&head),
            restart: Notify::new(),
        });
        let reader = Arc::new(Reader { node: Arc::clone(&node), index, follower: Arc::clone(&follower) });
        if reader.knows_the_log().await? {
            reader.index.go_back_to_last()?;
        } else {
            tracing::warn!(log = node.place(), "the index is of a log with another past; it is built anew");
            reader.index.clear()?;
            head.send_replace(Position::START);
        }
        let scanned = reader.index.scanned()?.commit;
        follower.progress.send_replace(Progress { scanned, ..Progress::default() });
        let following = tokio::spawn(follower.run());
        let appender = Appender { node: Arc::clone(&node), reader: Arc::clone(&reader) };
        let log = Arc::new(Self { id, node, reader, appender, head, following });
        log.reader.settle().await?;
        Ok(log)
    }
}

async fn open_index(folder: Option<PathBuf>, id: Uuid) -> Result<Index, LogError> {
    let path = folder.map(|folder| folder.join(format!("log-index-{}.sqlite", id.simple())));
    let opened = tokio::task::spawn_blocking(move || Index::open(path.as_deref(), id)).await;
    opened.map_err(|error| LogError::Unavailable(format!("opening the index was given up: {error}")))?
}

#[async_trait]
impl Copying for EventStoreDbLog {
    async fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError> {
        let missing = |position| LogError::Damaged(format!("{} has no event at {position}", self.node.place()));
        let index = &self.reader.index;
        positions.iter().map(|at| Ok(index.at(*at)?.ok_or_else(|| missing(*at))?.following)).collect()
    }

    /// One after the other: order is that of commits.
    async fn restore(&self, appends: Vec<CopiedAppend>) -> Result<(), AppendError> {
        for copied in &appends {
            let Some(first) = copied.0.first() else { continue };
            let events = copied.events();
            admit(&first.stream, copied.expected(), &events)?;
            self.appender.append(&first.stream, copied.expected(), &events, Some(&copied.times())).await?;
        }
        Ok(())
    }
}

impl Drop for EventStoreDbLog {
    fn drop(&mut self) {
        self.following.abort();
    }
}

#[async_trait]
impl EventLog for EventStoreDbLog {
    async fn append(&self, stream: &StreamId, expected: u64, events: Vec<NewEvent>) -> Result<Receipt, AppendError> {
        admit(stream, expected, &events)?;
        self.appender.append(stream, expected, &events, None).await
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
        self.reader.settle().await?;
        self.reader.index.position_at(time)
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), LogError> {
        snapshots::save(&self.node, stream, &snapshot).await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        snapshots::load(&self.node, stream).await
    }

    fn log_id(&self) -> Uuid {
        self.id
    }

    fn describe(&self) -> String {
        self.node.place().to_owned()
    }
}
