//! Follows `$all` by a subscription that the server filters, and keeps the index up to date with it.
//!
//! Two tasks, watched over: one does nothing but wait for the subscription, whose wait must not be interrupted, the other
//! puts what comes into the index. When the subscription ends, whatever ended it, another one goes on where the index is.

use std::sync::Arc;
use std::time::Duration;

use eventstore::{StreamPosition, SubscribeToAllOptions, SubscriptionEvent, SubscriptionFilter};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::ended::ended_when_stuck;
use super::envelope::unwrap;
use super::error::Failure;
use super::index::{Entry, Index, Place};
use super::names;
use super::node::Node;
use crate::head::advance;
use crate::port::LogError;
use crate::recorded::Position;

const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// What may wait for the index.
const QUEUE: usize = 1_024;
/// The server says how far it looked after so many events that are not ours.
const LOOKED_AT: u32 = 256;

/// Where the index is.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Everything up to this commit position is in it.
    pub(super) scanned: u64,
    /// Why it does not go on; what the log holds is not as it should be.
    pub(super) damage: Option<LogError>,
    /// Why it could not go on the last time it tried.
    pub(super) trouble: Option<String>,
}

pub(super) struct Follower {
    pub(super) node: Arc<Node>,
    pub(super) index: Arc<Index>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) head: Arc<watch::Sender<Position>>,
    /// Somebody knows that the subscription misses something.
    pub(super) restart: Notify,
}

enum Came {
    Event(Entry),
    Looked(Place),
}

impl Follower {
    /// Works until the task is aborted or the log turns out to be damaged.
    pub(super) async fn run(self: Arc<Self>) {
        let mut pause = PAUSE;
        loop {
            let before = self.progress.borrow().scanned;
            let ended = self.follow().await;
            if let Err(error @ LogError::Damaged(_)) = ended {
                tracing::error!(%error, "the event log is followed no longer");
                self.progress.send_modify(|progress| progress.damage = Some(error));
                return;
            }
            if let Err(error) = ended {
                tracing::debug!(%error, "following the event log again");
                self.progress.send_modify(|progress| progress.trouble = Some(error.to_string()));
            }
            pause = if self.progress.borrow().scanned > before { PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.restart.notified() => {}
            }
        }
    }

    /// One subscription to its end.
    async fn follow(&self) -> Result<(), LogError> {
        let (send, mut came) = mpsc::channel(QUEUE);
        let start = self.index.scanned()?;
        // Another process of this machine may have got on with it.
        if let Some(last) = self.index.last()? {
            advance(&self.head, last.position);
        }
        self.progress.send_modify(|progress| progress.scanned = progress.scanned.max(start.commit));
        let mut pump = AbortOnDrop(tokio::spawn(pump(Arc::clone(&self.node), start, send)));
        let mut batch = Vec::with_capacity(QUEUE);
        loop {
            tokio::select! {
                received = came.recv_many(&mut batch, QUEUE) => {
                    if received == 0 {
                        break;
                    }
                    self.take(std::mem::take(&mut batch)).await?;
                }
                () = self.restart.notified() => return Ok(()),
            }
        }
        match (&mut pump.0).await {
            Ok(failure) => Err(failure.of_reading(self.node.place())),
            Err(error) => Err(LogError::Unavailable(format!("{}: following was given up: {error}", self.node.place()))),
        }
    }

    async fn take(&self, batch: Vec<Came>) -> Result<(), LogError> {
        let mut entries = Vec::new();
        let mut scanned = Place::default();
        for came in batch {
            match came {
                Came::Event(entry) => {
                    scanned = entry.place;
                    entries.push(entry);
                }
                Came::Looked(place) => scanned = place,
            }
        }
        let index = Arc::clone(&self.index);
        let last = entries.last().map(|entry| Position(entry.place.commit));
        let taken = tokio::task::spawn_blocking(move || index.take(&entries, scanned)).await;
        taken.map_err(|error| LogError::Unavailable(format!("the index was given up: {error}")))??;
        // First the head: whoever waits for progress may look at it.
        if let Some(last) = last {
            advance(&self.head, last);
        }
        self.progress.send_modify(|progress| {
            progress.scanned = progress.scanned.max(scanned.commit);
            progress.trouble = None;
        });
        Ok(())
    }

    /// Waits until everything up to `position` is in the index, as long as it gets on.
    pub(super) async fn reach(&self, position: u64) -> Result<(), LogError> {
        let mut progress = self.progress.subscribe();
        let mut seen = progress.borrow_and_update().clone();
        let mut waited = Instant::now();
        let mut is_restarted = false;
        loop {
            if let Some(damage) = seen.damage {
                return Err(damage);
            }
            if seen.scanned >= position {
                return Ok(());
            }
            let patience = self.node.patience;
            let is_silent = timeout(patience / 4, progress.changed()).await.is_err();
            if is_silent && !is_restarted && waited.elapsed() >= patience / 2 {
                // A connection may be dead without anybody having said so.
                self.restart.notify_one();
                is_restarted = true;
            }
            let now = progress.borrow_and_update().clone();
            if now.scanned > seen.scanned {
                (waited, is_restarted) = (Instant::now(), false);
            } else if waited.elapsed() >= patience * 2 {
                let why = now.trouble.unwrap_or_else(|| "nothing came".to_owned());
                return Err(LogError::Unavailable(format!(
                    "{}: the index is at position {}, expected {position}: {why}",
                    self.node.place(),
                    now.scanned
                )));
            }
            seen = now;
        }
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Hands on what a subscription from `start` says, until it ends or nobody listens; says why.
async fn pump(node: Arc<Node>, start: Place, send: mpsc::Sender<Came>) -> Failure {
    let years = Instant::now() + Duration::from_secs(365 * 86_400);
    let (log, place) = (node.log_name().to_owned(), node.place().to_owned());
    let options = node.signed(from(start, &log));
    let followed = node.once(years, |client| {
        ended_when_stuck(async move {
            let mut subscription = client.subscribe_to_all(&options).await;
            loop {
                let came = match subscription.next_subscription_event().await? {
                    SubscriptionEvent::EventAppeared(event) => {
                        let Some(event) = event.event else { continue };
                        match unwrap(&place, &log, event) {
                            Ok(event) => Came::Event(event.into()),
                            Err(error) => return Ok(Failure::Refused(error)),
                        }
                    }
                    SubscriptionEvent::Checkpoint(at) => Came::Looked(Place { commit: at.commit, prepare: at.prepare }),
                    _ => continue,
                };
                if send.send(came).await.is_err() {
                    return Ok(Failure::Broken("nobody listens".to_owned()));
                }
            }
        })
    });
    followed.await.unwrap_or_else(|failure| match failure {
        // What the next client may understand.
        Failure::Nonsense(why) => Failure::Broken(why),
        other => other,
    })
}

/// A subscription to what comes after `start`.
pub(super) fn from(start: Place, log: &str) -> SubscribeToAllOptions {
    let position = match start {
        Place { commit: 0, .. } => StreamPosition::Start,
        Place { commit, prepare } => StreamPosition::Position(eventstore::Position { commit, prepare }),
    };
    let ours = SubscriptionFilter::on_stream_name().add_prefix(names::prefix(log)).max(LOOKED_AT);
    SubscribeToAllOptions::default().position(position).filter(ours)
}
