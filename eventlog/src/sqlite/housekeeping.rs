//! What happens beside the writer: checkpoints, and noticing what other processes committed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;

use crate::head::advance;
use crate::recorded::Position;

/// Pages in the write-ahead log from which the housekeeper copies them into the file.
const CHECKPOINT_AT: i32 = 1_000;
/// Pages from which the writer pauses to copy what is left, so that the write-ahead log starts over.
const START_OVER_AT: i32 = 8_000;
/// The most the writer copies itself, unless the housekeeper is far behind.
const SHORT_TAIL: i32 = 500;
/// From here on the writer copies whatever there is.
const FAR_BEHIND: i32 = 32_000;

/// How long the write-ahead log is, and how much of it is in the file already. In pages.
pub(super) struct WalSize {
    written: Arc<AtomicI32>,
    copied: AtomicI32,
    /// The length at which the writer tries the next time; a reader may have kept the last try from having an effect.
    start_over_at: AtomicI32,
    wake: SyncSender<Wake>,
}

/// Why the housekeeper wakes.
pub(super) enum Wake {
    Checkpoint,
    Stop,
}

impl WalSize {
    pub(super) fn new(wake: SyncSender<Wake>) -> Self {
        Self { written: Arc::default(), copied: AtomicI32::new(0), start_over_at: AtomicI32::new(START_OVER_AT), wake }
    }

    /// Lets `connection` report how long the write-ahead log is after each of its commits.
    pub(super) fn follow(&self, connection: &mut Connection) {
        let written = Arc::clone(&self.written);
        let followed = connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            written.store(pages, Ordering::Relaxed);
            Ok(())
        }));
        if let Err(error) = followed {
            tracing::warn!(%error, "checkpoints of the event log will only happen when it is closed");
        }
    }

    /// Called by the writer between two transactions.
    pub(super) fn after_commit(&self, connection: &Connection) {
        let written = self.written.load(Ordering::Relaxed);
        // The write-ahead log started over: what was copied of the one before does not count.
        let copied = self.copied.fetch_min(written, Ordering::Relaxed).min(written);
        let tail = written - copied;
        if written < START_OVER_AT {
            self.start_over_at.store(START_OVER_AT, Ordering::Relaxed);
        }
        if written >= self.start_over_at.load(Ordering::Relaxed) && (tail <= SHORT_TAIL || written >= FAR_BEHIND) {
            self.checkpoint(connection);
            self.start_over_at.store(written + CHECKPOINT_AT, Ordering::Relaxed);
        } else if tail >= CHECKPOINT_AT {
            // Full means that the housekeeper knows already.
            self.wake.try_send(Wake::Checkpoint).ok();
        }
    }

    /// Copies what no reader prevents; never waits for readers or writers.
    fn checkpoint(&self, connection: &Connection) {
        let copied = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i32>(2));
        match copied {
            Ok(copied) => self.copied.store(copied.max(0), Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "a checkpoint of the event log failed"),
        }
    }
}

pub(super) struct Housekeeper {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) head: Arc<watch::Sender<Position>>,
    pub(super) wal: Arc<WalSize>,
    pub(super) watch_every: Duration,
}

impl Housekeeper {
    /// Works until it is told to stop.
    pub(super) fn run(self, wake: Receiver<Wake>) {
        let mut seen = self.version();
        loop {
            match wake.recv_timeout(self.watch_every) {
                Ok(Wake::Checkpoint) => self.catch_up(),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            let found = self.version();
            if found != seen {
                self.look();
                seen = found;
            }
        }
    }

    /// While the writer keeps writing, the tail gets shorter with each round until it is short enough for the writer.
    fn catch_up(&self) {
        for _ in 0..8 {
            self.wal.checkpoint(&self.connection);
            let written = self.wal.written.load(Ordering::Relaxed);
            if written - self.wal.copied.load(Ordering::Relaxed) <= SHORT_TAIL {
                return;
            }
        }
    }

    /// Changes with every commit of another connection, and costs no read of the file.
    fn version(&self) -> Option<i64> {
        self.connection.pragma_query_value(None, "data_version", |row| row.get(0)).ok()
    }

    fn look(&self) {
        let head = self
            .connection
            .query_row("SELECT position FROM events ORDER BY position DESC LIMIT 1", [], |row| row.get::<_, i64>(0));
        match head.optional() {
            Ok(found) => advance(&self.head, Position(found.unwrap_or_default().cast_unsigned())),
            Err(error) => tracing::warn!(%error, log = %self.path.display(), "could not look for new events"),
        }
    }
}
