//! The one thread of this process that writes: concurrent requests share a transaction and its fsync.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use fieldlog_domain::StreamId;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::SqliteOptions;
use super::append::{Times, append};
use super::error::{at_commit, in_file};
use super::housekeeping::WalSize;
use super::row::CompactId;
use super::schema;
use super::turn::Turnstile;
use crate::copying::CopiedAppend;
use crate::head::advance;
use crate::port::{AppendError, LogError, Snapshot};
use crate::recorded::{NewEvent, Position, Receipt};

/// More requests than this wait for the next transaction.
const MAX_REQUESTS: usize = 256;
/// So do requests after this many bytes of payload.
const MAX_BYTES: usize = 4 << 20;

/// What the writer is asked for, and where it answers.
pub(super) enum Request {
    Append {
        stream: StreamId,
        expected: u64,
        events: Vec<NewEvent>,
        reply: oneshot::Sender<Result<Receipt, AppendError>>,
    },
    SaveSnapshot {
        stream: StreamId,
        snapshot: Snapshot,
        reply: oneshot::Sender<Result<(), LogError>>,
    },
    Restore {
        appends: Vec<CopiedAppend>,
        reply: oneshot::Sender<Result<(), AppendError>>,
    },
}

impl Request {
    fn bytes(&self) -> usize {
        match self {
            Self::Append { events, .. } => events.iter().map(|event| event.payload.len()).sum(),
            Self::SaveSnapshot { snapshot, .. } => snapshot.state.len(),
            Self::Restore { appends, .. } => {
                appends.iter().flat_map(|append| &append.0).map(|event| event.payload.len()).sum()
            }
        }
    }

    /// Whoever no longer waits for the answer is no reason to fail.
    fn answer(self, answer: Answer) {
        match (self, answer) {
            (Self::Append { reply, .. }, Answer::Appended(result)) => drop(reply.send(result)),
            (Self::Append { reply, .. }, Answer::Failed(error)) => drop(reply.send(Err(error.into()))),
            (Self::Append { .. }, Answer::Saved) => unreachable!("an append is never answered as a snapshot"),
            (Self::Restore { reply, .. }, Answer::Appended(result)) => drop(reply.send(result.map(|_| ()))),
            (Self::Restore { reply, .. }, Answer::Failed(error)) => drop(reply.send(Err(error.into()))),
            (Self::Restore { reply, .. }, Answer::Saved) => drop(reply.send(Ok(()))),
            (Self::SaveSnapshot { reply, .. }, Answer::Failed(error)) => drop(reply.send(Err(error))),
            (Self::SaveSnapshot { reply, .. }, _) => drop(reply.send(Ok(()))),
        }
    }
}

enum Answer {
    Appended(Result<Receipt, AppendError>),
    Saved,
    Failed(LogError),
}

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) options: SqliteOptions,
    pub(super) connection: Connection,
    pub(super) turnstile: Turnstile,
    pub(super) head: Arc<watch::Sender<Position>>,
    pub(super) wal: Arc<WalSize>,
}

impl Writer {
    /// Works until every sender is gone and everything sent is answered.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        self.wal.follow(&mut self.connection);
        while let Some(first) = requests.blocking_recv() {
            let mut bytes = first.bytes();
            let mut batch = vec![first];
            while batch.len() < MAX_REQUESTS && bytes < MAX_BYTES {
                let Ok(next) = requests.try_recv() else { break };
                bytes += next.bytes();
                batch.push(next);
            }
            self.commit(batch);
        }
    }

    fn commit(&mut self, batch: Vec<Request>) {
        match self.write(&batch) {
            Ok(answers) => {
                let last = answers.iter().filter_map(|answer| match answer {
                    Answer::Appended(Ok(receipt)) => Some(receipt.position),
                    _ => None,
                });
                if let Some(last) = last.max() {
                    advance(&self.head, last);
                }
                batch.into_iter().zip(answers).for_each(|(request, answer)| request.answer(answer));
            }
            Err(error) => {
                tracing::warn!(%error, requests = batch.len(), "the event log could not commit");
                self.leave_transaction();
                batch.into_iter().for_each(|request| request.answer(Answer::Failed(error.clone())));
            }
        }
        self.wal.after_commit(&self.connection);
    }

    /// The answers are only worth something when this returns them: the commit is the last thing it does.
    fn write(&self, batch: &[Request]) -> Result<Vec<Answer>, LogError> {
        let fail = |error| in_file(&self.path, error);
        let turn = self.turnstile.wait(self.options.patience);
        self.run_cached("BEGIN IMMEDIATE").map_err(fail)?;
        drop(turn);
        let recorded_at = self.recorded_at().map_err(fail)?;
        let mut answers = Vec::with_capacity(batch.len());
        for request in batch {
            let answer = self.write_one(request, recorded_at);
            if self.connection.is_autocommit() {
                // SQLite itself gave the whole transaction up: full disk, I/O error.
                return Err(answer
                    .err()
                    .map_or_else(|| LogError::Unavailable("the transaction was rolled back".to_owned()), fail));
            }
            answers.push(answer.unwrap_or_else(|error| Answer::Failed(fail(error))));
        }
        self.run_cached("COMMIT").map_err(|error| at_commit(&self.path, error))?;
        Ok(answers)
    }

    fn write_one(&self, request: &Request, recorded_at: i64) -> rusqlite::Result<Answer> {
        match request {
            Request::Append { stream, expected, events, .. } => {
                append(&self.connection, stream, *expected, events, Times::At(recorded_at)).map(Answer::Appended)
            }
            Request::SaveSnapshot { stream, snapshot, .. } => {
                self.save_snapshot(stream, snapshot).map(|()| Answer::Saved)
            }
            Request::Restore { appends, .. } => self.restore(appends),
        }
    }

    /// One after the other; what comes before the first that fails stays.
    fn restore(&self, appends: &[CopiedAppend]) -> rusqlite::Result<Answer> {
        let mut last = Answer::Saved;
        for copied in appends {
            let Some(first) = copied.0.first() else { continue };
            let times: Vec<i64> = copied.times().iter().map(DateTime::timestamp_micros).collect();
            let times = Times::Copied(&times);
            match append(&self.connection, &first.stream, copied.expected(), &copied.events(), times)? {
                Ok(receipt) => last = Answer::Appended(Ok(receipt)),
                Err(refused) => return Ok(Answer::Appended(Err(refused))),
            }
        }
        Ok(last)
    }

    /// Now, but never before the event before it, whichever process wrote that.
    fn recorded_at(&self) -> rusqlite::Result<i64> {
        let last: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT max(recorded_at) FROM (SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1)",
            )?
            .query_row([], |row| row.get(0))?;
        let now = (self.options.clock)().timestamp_micros();
        Ok(last.map_or(now, |last| last.max(now)))
    }

    fn save_snapshot(&self, stream: &StreamId, snapshot: &Snapshot) -> rusqlite::Result<()> {
        let mut save = self.connection.prepare_cached(
            "INSERT INTO snapshots (stream_kind, stream_id, sequence, schema, state) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE SET sequence = excluded.sequence, schema = excluded.schema, state = excluded.state \
             WHERE excluded.sequence >= sequence OR excluded.schema <> schema",
        )?;
        let id = CompactId::of(stream);
        save.execute((stream.kind.as_ref(), id, snapshot.sequence.cast_signed(), &snapshot.schema, &snapshot.state))?;
        Ok(())
    }

    fn run_cached(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(|_| ())
    }

    /// After a failure the next batch must find a connection without a transaction.
    fn leave_transaction(&mut self) {
        if self.connection.is_autocommit() || self.run_cached("ROLLBACK").is_ok() {
            return;
        }
        match schema::writing(&self.path, self.options.patience) {
            Ok(fresh) => {
                self.connection = fresh;
                self.wal.follow(&mut self.connection);
            }
            Err(error) => tracing::error!(%error, "the event log could not be opened again"),
        }
    }
}
