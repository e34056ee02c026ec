//! The thread that folds what arrives into the live file, and into the next one until that has caught up.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fieldlog_eventlog::{Position, RecordedEvent};
use tokio::sync::{mpsc, oneshot};

use super::fold::decode;
use super::live::{Follower, Live};
use crate::projector::Recorded;
use crate::store::Writer;

/// Events that share a transaction at most.
const BATCH: usize = 2_000;
/// So many events at once mean that more are on their way.
const BUSY: usize = 8;
/// How long to gather more then: what a transaction costs is shared; who reads what they wrote waits so much longer at most.
const GATHER: Duration = Duration::from_millis(3);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the thread is told.
pub(super) enum Told {
    /// Here is what comes next in the log.
    Page(Vec<RecordedEvent>),
    /// From now on pages are for this file; readers switch to it once it is as far as the live one.
    Next { writer: Box<Writer>, path: PathBuf, switched: oneshot::Sender<()> },
}

/// The thread's state.
pub(super) struct Writing {
    live: Arc<Live>,
    writer: Writer,
    path: PathBuf,
    /// Readers still read the file before this one.
    switched: Option<oneshot::Sender<()>>,
    give_up: Arc<AtomicBool>,
}

impl Writing {
    pub(super) fn new(live: Arc<Live>, writer: Writer, give_up: Arc<AtomicBool>) -> Self {
        let path = live.path();
        Self { live, writer, path, switched: None, give_up }
    }

    /// Works until nobody tells it anything any more.
    pub(super) fn run(mut self, mut told: mpsc::Receiver<Told>) {
        let mut next = None;
        while let Some(what) = next.take().or_else(|| told.blocking_recv()) {
            match what {
                Told::Page(mut page) => {
                    next = gather(&mut page, &mut told);
                    self.take(page);
                }
                Told::Next { writer, path, switched } => {
                    (self.writer, self.path, self.switched) = (*writer, path, Some(switched));
                    self.show();
                }
            }
        }
    }

    fn take(&mut self, page: Vec<RecordedEvent>) {
        // Pages that were on their way when an event could not be read come after it.
        if self.live.has_stopped() {
            return;
        }
        let (events, unreadable) = decode(page);
        for batch in events.chunks(BATCH) {
            if !self.fold(batch) {
                return;
            }
        }
        if let Some(error) = unreadable {
            self.live.is_now(Follower::Stopped { reason: error.to_string() });
        }
    }

    /// Tries until it is done; false when it is to give up.
    fn fold(&mut self, batch: &[Recorded]) -> bool {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.writer.fold(batch) {
            self.live.is_now(Follower::Waiting { reason: error.to_string() });
            if !self.rest(pause) {
                return false;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            // Some errors stay with a connection.
            if let Ok(writer) = Writer::follow(&self.path) {
                self.writer = writer;
            }
        }
        self.live.is_now(Follower::Following);
        self.show();
        true
    }

    /// Lets readers see what is folded.
    fn show(&mut self) {
        let position = self.writer.position();
        if let Some(switched) = self.switched.take() {
            if position < self.live.position() {
                self.switched = Some(switched);
                return;
            }
            self.live.switch_to(&self.path);
            switched.send(()).ok();
        }
        self.live.reached(position);
    }

    fn rest(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.give_up.load(Ordering::Acquire) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }
}

/// Adds the pages that come soon, when many events come at once; what came instead of a page.
fn gather(page: &mut Vec<RecordedEvent>, told: &mut mpsc::Receiver<Told>) -> Option<Told> {
    if page.len() < BUSY {
        return None;
    }
    std::thread::sleep(GATHER);
    while page.len() < BATCH {
        match told.try_recv() {
            Ok(Told::Page(more)) => {
                // A page may be delivered twice.
                let last = page.last().map_or(Position(0), |event| event.position);
                page.extend(more.into_iter().filter(|event| event.position > last));
            }
            Ok(other) => return Some(other),
            Err(_) => return None,
        }
    }
    None
}
