//! The live model as the rest of Fieldlog sees it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use fieldlog_eventlog::{EventLog, Position};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};

use super::build::{IfUnreadable, blocking, copied_file, next_file};
use super::files::Folder;
use super::follow::{Following, Switch};
use super::history::History;
use super::live::{Follower, Health, Live};
use super::writing::Writing;
use super::{Moment, ReadModelOptions, RebuildReport};
use crate::error::{Behind, ReadModelError};
use crate::store::Writer;
use crate::view::View;

/// Pages that may wait for the writing thread.
const PAGES: usize = 2;

/// The read model of this node. Cheap to clone; the last clone to go stops following.
#[derive(Clone)]
pub struct ReadModel {
    inner: Arc<Inner>,
}

struct Inner {
    log: Arc<dyn EventLog>,
    dir: PathBuf,
    folder: Folder,
    live: Arc<Live>,
    history: History,
    following: Mutex<Option<Running>>,
}

struct Running {
    switches: mpsc::Sender<Switch>,
    task: tokio::task::JoinHandle<()>,
    thread: JoinHandle<()>,
    give_up: Arc<AtomicBool>,
}

impl ReadModel {
    /// Opens the newest model of this log in `dir`, or builds one, and follows the log in the background.
    pub async fn start(dir: &Path, log: Arc<dyn EventLog>, options: ReadModelOptions) -> Result<Self, ReadModelError> {
        let folder = Folder::open(dir)?;
        let lock = folder.lock_follower()?;
        let path = match folder.newest(log.log_id(), log.head().await?)? {
            Some(path) => path,
            None => match copied_file(&folder, options.copy_of.as_deref(), &log).await? {
                Some(path) => path,
                None => next_file(&folder, dir, &log, None, IfUnreadable::StopThere).await?.path,
            },
        };
        let opened = path.clone();
        let writer = blocking(move || Writer::follow(&opened)).await?;
        let live = Arc::new(Live::new(path.clone(), writer.position()));
        let (cleaned, log_id, followed) = (folder.clone(), log.log_id(), path.clone());
        blocking(move || cleaned.clean_up(log_id, &followed)).await?;

        let give_up = Arc::new(AtomicBool::new(false));
        let (told, tells) = mpsc::channel(PAGES);
        let writing = Writing::new(Arc::clone(&live), writer, Arc::clone(&give_up));
        let thread = std::thread::Builder::new()
            .name("read-model".to_owned())
            .spawn(move || {
                // Until nothing is written any more.
                let _lock: File = lock;
                writing.run(tells);
            })
            .map_err(|error| ReadModelError::Stopped(format!("its thread could not be started: {error}")))?;
        let (switches, switching) = mpsc::channel(1);
        let following = Following {
            log: Arc::clone(&log),
            folder: folder.clone(),
            live: Arc::clone(&live),
            told,
            watch_every: options.watch_every,
            following: path,
        };
        let task = tokio::spawn(following.run(switching));
        let history = History::open(&folder.history(), Arc::clone(&log), &options)?;
        let running = Running { switches, task, thread, give_up };
        let following = Mutex::new(Some(running));
        let inner = Inner { log, dir: dir.to_owned(), folder, live, history, following };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The last event folded.
    pub fn position(&self) -> Position {
        self.inner.live.position()
    }

    /// How it is.
    pub fn health(&self) -> Health {
        self.inner.live.health()
    }

    /// Waits until `position` is folded, so that somebody reads what they wrote.
    pub async fn wait_until(&self, position: Position, patience: Duration) -> Result<(), Behind> {
        let mut changes = self.changes();
        let reached = changes.wait_for(|at| *at >= position);
        match tokio::time::timeout(patience, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Behind { at: self.position(), wanted: position }),
        }
    }

    /// Answers from the live model.
    pub fn view(&self) -> View {
        self.inner.live.view()
    }

    /// Answers as of a moment, exactly; it may have to be folded first. A time after the last event is the last event's.
    pub async fn as_of(&self, moment: Moment) -> Result<View, ReadModelError> {
        let position = self.inner.history.position_of(moment).await?;
        if position == self.position()
            && let Some(view) = self.live_at(position)
        {
            return Ok(view);
        }
        self.inner.history.view_at(position).await
    }

    /// The live model standing still, if it is just there.
    fn live_at(&self, position: Position) -> Option<View> {
        let view = self.view().pinned().ok()?;
        (view.position().ok()? == position).then_some(view)
    }

    /// Tells of every move of the model.
    pub fn changes(&self) -> watch::Receiver<Position> {
        self.inner.live.changes()
    }

    /// Builds the next file beside the live one, everything or one projection anew, and switches to it.
    pub async fn rebuild(&self, projection: Option<&str>) -> Result<RebuildReport, ReadModelError> {
        let Inner { log, dir, folder, following, .. } = &*self.inner;
        let stopped = || ReadModelError::Stopped("it was shut down".to_owned());
        let switches = following.lock().as_ref().map(|running| running.switches.clone()).ok_or_else(stopped)?;
        let report = next_file(folder, dir, log, projection, IfUnreadable::Fail).await?;
        let (done, switched) = oneshot::channel();
        switches.send(Switch { path: report.path.clone(), done }).await.map_err(|_| stopped())?;
        switched.await.map_err(|_| stopped())??;
        let (cleaned, log_id, followed) = (folder.clone(), log.log_id(), report.path.clone());
        blocking(move || cleaned.clean_up(log_id, &followed)).await?;
        Ok(report)
    }

    /// Stops following and closes the file. Answers can be had until the last [`View`] is dropped.
    pub async fn shutdown(&self) {
        let running = self.inner.following.lock().take();
        let Some(running) = running else { return };
        self.inner.live.is_now(Follower::ShutDown);
        running.give_up.store(true, Ordering::Release);
        running.task.abort();
        running.task.await.ok();
        let joined = tokio::task::spawn_blocking(move || running.thread.join().is_ok()).await;
        if !matches!(joined, Ok(true)) {
            tracing::error!("the thread of the read model panicked");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The thread ends with the task, whose channel it reads.
        if let Some(running) = self.following.lock().take() {
            running.give_up.store(true, Ordering::Release);
            running.task.abort();
        }
    }
}
