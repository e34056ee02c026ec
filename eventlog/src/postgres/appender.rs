//! The one task of this process that appends: concurrent requests share a transaction.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use cqrs_es::persist::PersistedEventRepository;
use fieldlog_domain::StreamId;
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::envelope::{AnyStream, wrap};
use super::error::{Failure, at, of_persist};
use super::lookup::{Found, look_up, look_up_settled};
use crate::admission::id_is_taken;
use crate::head::advance;
use crate::port::{AppendError, LogError};
use crate::recorded::{NewEvent, Position, Receipt};

/// More events than this wait for the next transaction: each is a round trip while the log is locked.
const MAX_EVENTS: usize = 128;
/// So do events after this many bytes of payload.
const MAX_BYTES: usize = 4 << 20;
/// Between two tries to find out what became of an append.
const PAUSE: Duration = Duration::from_millis(100);

/// One append, and where its answer goes.
pub(super) struct Request {
    pub(super) stream: StreamId,
    pub(super) expected: u64,
    pub(super) events: Vec<NewEvent>,
    pub(super) reply: oneshot::Sender<Result<Receipt, AppendError>>,
}

impl Request {
    /// Whoever no longer waits for the answer is no reason to fail.
    fn answer(self, answer: Result<Receipt, AppendError>) {
        self.reply.send(answer).ok();
    }
}

/// Whether it is known that no transaction of ours is still under way.
#[derive(Clone, Copy)]
enum Settled {
    Yes,
    No,
}

pub(super) struct Appender {
    pub(super) pool: PgPool,
    pub(super) repository: PostgresEventRepository,
    pub(super) place: Arc<str>,
    pub(super) patience: Duration,
    pub(super) head: Arc<watch::Sender<Position>>,
    pub(super) committed: Arc<Notify>,
}

impl Appender {
    /// Works until every sender is gone and everything sent is answered.
    pub(super) async fn run(self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.recv().await {
            let mut batch = vec![first];
            let size = |request: &Request| request.events.iter().map(|event| event.payload.len()).sum::<usize>();
            let (mut events, mut bytes) = (batch[0].events.len(), size(&batch[0]));
            while events < MAX_EVENTS && bytes < MAX_BYTES {
                let Ok(next) = requests.try_recv() else { break };
                events += next.events.len();
                bytes += size(&next);
                batch.push(next);
            }
            if let Err(error) = self.settle(batch).await {
                // Whoever asked while the server was away need not wait for another time-out.
                while let Ok(request) = requests.try_recv() {
                    request.answer(Err(error.clone().into()));
                }
            }
        }
    }

    /// Answers every request. `Err` only tells that the server is away.
    async fn settle(&self, mut waiting: Vec<Request>) -> Result<(), LogError> {
        while !waiting.is_empty() {
            let found = match self.look_up(&waiting).await {
                Ok(found) => found,
                Err(error) => {
                    waiting.into_iter().for_each(|request| request.answer(Err(error.clone().into())));
                    return Err(error);
                }
            };
            let (group, later) = choose(waiting, found);
            if !group.is_empty() {
                self.append(group).await;
            }
            waiting = later;
        }
        Ok(())
    }

    async fn append(&self, group: Vec<Request>) {
        match self.persist(&group).await {
            Ok(()) => {
                self.answer(
                    group,
                    Settled::Yes,
                    &LogError::Damaged("an append was committed and is not there".to_owned()),
                )
                .await
            }
            Err(Failure::Conflict) if group.len() > 1 => {
                for request in group {
                    Box::pin(self.append(vec![request])).await;
                }
            }
            Err(Failure::Conflict) => self.answer_conflict(group).await,
            Err(Failure::NotWritten(error)) => {
                group.into_iter().for_each(|request| request.answer(Err(error.clone().into())))
            }
            Err(Failure::Unknown(error)) => {
                tracing::warn!(%error, requests = group.len(), "the answer to an append was lost");
                self.answer(group, Settled::No, &error).await;
            }
        }
    }

    async fn persist(&self, group: &[Request]) -> Result<(), Failure> {
        let mut events = Vec::new();
        for request in group {
            events.append(
                &mut wrap(&request.stream, request.expected, &request.events, None).map_err(Failure::NotWritten)?,
            );
        }
        // Longer than any single wait inside it.
        match timeout(self.patience * 4, self.repository.persist::<AnyStream>(&events, None)).await {
            Ok(persisted) => persisted.map_err(|error| of_persist(&self.place, error)),
            Err(_) => {
                Err(Failure::Unknown(LogError::Unavailable(format!("{} did not answer an append in time", self.place))))
            }
        }
    }

    /// Receipts for what is there, `missing` for the rest; in doubt when nobody can tell.
    async fn answer(&self, group: Vec<Request>, settled: Settled, missing: &LogError) {
        let deadline = Instant::now() + self.patience;
        let found = loop {
            let looked = match settled {
                Settled::Yes => self.look_up(&group).await,
                Settled::No => self.look_up_settled(&group).await,
            };
            match looked {
                Ok(found) => break found,
                Err(error) if Instant::now() >= deadline => {
                    let error = LogError::InDoubt(error.to_string());
                    return group.into_iter().for_each(|request| request.answer(Err(error.clone().into())));
                }
                Err(_) => sleep(PAUSE).await,
            }
        };
        if let Some(last) = found.iter().filter_map(|found| found.receipt).map(|receipt| receipt.position).max() {
            advance(&self.head, last);
            self.committed.notify_one();
        }
        for (request, found) in group.into_iter().zip(found) {
            request.answer(found.receipt.ok_or_else(|| missing.clone().into()));
        }
    }

    async fn answer_conflict(&self, group: Vec<Request>) {
        match self.look_up(&group).await {
            Ok(found) => group.into_iter().zip(found).for_each(|(request, found)| {
                let answer = match found {
                    Found { receipt: Some(receipt), .. } => Ok(receipt),
                    Found { actual, .. } if actual == request.expected => {
                        Err(id_is_taken(&request.events[0].event_type, &request.stream).into())
                    }
                    Found { actual, .. } => Err(AppendError::Conflict { expected: request.expected, actual }),
                };
                request.answer(answer);
            }),
            Err(error) => group.into_iter().for_each(|request| request.answer(Err(error.clone().into()))),
        }
    }

    async fn look_up(&self, requests: &[Request]) -> Result<Vec<Found>, LogError> {
        self.in_time(async { look_up(&mut *self.pool.acquire().await?, requests).await }).await
    }

    async fn look_up_settled(&self, requests: &[Request]) -> Result<Vec<Found>, LogError> {
        self.in_time(async { look_up_settled(&mut *self.pool.acquire().await?, requests).await }).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, LogError> {
        match timeout(self.patience * 2, work).await {
            Ok(answer) => answer.map_err(|error| at(&self.place, &error)),
            Err(_) => Err(LogError::Unavailable(format!("{} did not answer in time", self.place))),
        }
    }
}

/// Answers what needs no append; the rest is the next group, at most one request for each stream, and what comes after it.
fn choose(waiting: Vec<Request>, found: Vec<Found>) -> (Vec<Request>, Vec<Request>) {
    let mut streams = HashSet::new();
    let (mut group, mut later) = (Vec::new(), Vec::new());
    for (request, found) in waiting.into_iter().zip(found) {
        if let Some(receipt) = found.receipt {
            request.answer(Ok(receipt));
        } else if streams.contains(&request.stream) {
            // What it would conflict with is not committed yet.
            later.push(request);
        } else if found.actual != request.expected {
            let expected = request.expected;
            request.answer(Err(AppendError::Conflict { expected, actual: found.actual }));
        } else {
            streams.insert(request.stream.clone());
            group.push(request);
        }
    }
    (group, later)
}
