//! Feeds the writing thread with what comes in the log, and notices files that somebody built beside the live one.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use fieldlog_eventlog::{EventLog, LogError, Position, RecordedEvent, subscribe};
use futures::{Stream, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::build::blocking;
use super::files::Folder;
use super::live::{Follower, Live};
use super::writing::Told;
use crate::error::ReadModelError;
use crate::store::Writer;
use crate::store::schema::{inspect, shape};

type Feed = Pin<Box<dyn Stream<Item = Result<Vec<RecordedEvent>, LogError>> + Send>>;

/// Asks the follower to go on with another file.
pub(super) struct Switch {
    pub(super) path: PathBuf,
    pub(super) done: oneshot::Sender<Result<(), ReadModelError>>,
}

/// The task's state.
pub(super) struct Following {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) folder: Folder,
    pub(super) live: Arc<Live>,
    pub(super) told: mpsc::Sender<Told>,
    pub(super) watch_every: Duration,
    /// The file that pages are for now; readers may still read the one before.
    pub(super) following: PathBuf,
}

impl Following {
    /// Follows until nobody can ask for a switch any more.
    pub(super) async fn run(mut self, mut switches: mpsc::Receiver<Switch>) {
        let mut feed = self.feed(self.live.position());
        let mut watch = interval(self.watch_every);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut log_is_away = false;
        loop {
            tokio::select! {
                biased;
                switch = switches.recv() => {
                    let Some(Switch { path, done }) = switch else { return };
                    let switching = self.begin(&path).await;
                    match switching {
                        Ok((from, switched)) => {
                            feed = self.feed(from);
                            tokio::spawn(async move { done.send(finished(switched.await)).ok() });
                        }
                        Err(error) => { done.send(Err(error)).ok(); }
                    }
                }
                _ = watch.tick() => {
                    if log_is_away && self.log.head().await.is_ok() {
                        log_is_away = false;
                        self.live.is_now(Follower::Following);
                    }
                    if let Some(path) = self.built_beside()
                        && let Some((from, switched)) = self.begin_if_possible(&path).await
                    {
                        feed = self.feed(from);
                        self.clean_up_after(switched, path);
                    }
                }
                page = feed.next(), if !self.live.has_stopped() => match page {
                    Some(Ok(page)) => {
                        log_is_away = false;
                        if self.told.send(Told::Page(page)).await.is_err() {
                            return;
                        }
                    }
                    Some(Err(error)) => {
                        log_is_away = true;
                        self.live.is_now(Follower::Waiting { reason: error.to_string() });
                    }
                    None => return,
                },
            }
        }
    }

    fn feed(&self, after: Position) -> Feed {
        Box::pin(subscribe(Arc::clone(&self.log), after))
    }

    /// Makes the file at `path` the one that pages are for; from which event on, and when readers read it.
    async fn begin(&mut self, path: &Path) -> Result<(Position, oneshot::Receiver<()>), ReadModelError> {
        let opened = path.to_owned();
        let writer = blocking(move || Writer::follow(&opened)).await?;
        let from = writer.position();
        let (switched, when_switched) = oneshot::channel();
        let next = Told::Next { writer: Box::new(writer), path: path.to_owned(), switched };
        self.told.send(next).await.map_err(|_| ReadModelError::Stopped("it was shut down".to_owned()))?;
        path.clone_into(&mut self.following);
        Ok((from, when_switched))
    }

    async fn begin_if_possible(&mut self, path: &Path) -> Option<(Position, oneshot::Receiver<()>)> {
        match self.begin(path).await {
            Ok(begun) => Some(begun),
            Err(error) => {
                tracing::warn!(%error, "a read model that was built beside the live one cannot be opened");
                None
            }
        }
    }

    /// A file that another process made current.
    fn built_beside(&self) -> Option<PathBuf> {
        let path = self.folder.current().filter(|path| *path != self.following)?;
        let contents = inspect(&path).ok().flatten()?;
        (contents.log_id == self.log.log_id() && contents.shape == shape()).then_some(path)
    }

    fn clean_up_after(&self, switched: oneshot::Receiver<()>, path: PathBuf) {
        let (folder, log_id) = (self.folder.clone(), self.log.log_id());
        tokio::spawn(async move {
            if switched.await.is_ok()
                && let Err(error) = blocking(move || folder.clean_up(log_id, &path)).await
            {
                tracing::warn!(%error, "outdated read models stay");
            }
        });
    }
}

fn finished(switched: Result<(), oneshot::error::RecvError>) -> Result<(), ReadModelError> {
    switched.map_err(|_| ReadModelError::Stopped("the switch was given up".to_owned()))
}
