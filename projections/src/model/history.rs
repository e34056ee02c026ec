//! Files of earlier moments. History costs disk, not code: the same projectors fill them.
//!
//! A file is made once, whoever asks for it meanwhile; a few are kept, those used last. So that a moment near another is
//! quick, one is kept at the milestone before it, and a file is folded on from the nearest one before it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fieldlog_eventlog::{EventLog, Position};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::build::{Unfinished, blocking};
use super::fold::fold;
use super::{Moment, ReadModelOptions};
use crate::error::ReadModelError;
use crate::store::schema::{inspect, shape};
use crate::store::{ModelFile, Writer, at_path};
use crate::view::View;

/// Files that are made at a time; each keeps two threads busy.
const AT_ONCE: usize = 1;
/// Folding into a file that has all its indexes takes about so many times as long.
const SLOWER_WITH_INDEXES: u64 = 3;

type Making = Shared<BoxFuture<'static, Result<Arc<ModelFile>, ReadModelError>>>;

/// Files of earlier moments, without a live model: for a command that runs beside a server, in a folder of its own.
#[derive(Clone)]
pub struct History {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    log: Arc<dyn EventLog>,
    kept_moments: usize,
    milestone_every: u64,
    slots: Semaphore,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    kept: HashMap<Position, Kept>,
    making: HashMap<Position, Making>,
    /// Counts uses, to know which was longest ago.
    uses: u64,
}

struct Kept {
    file: Arc<ModelFile>,
    last_use: u64,
}

impl Shelf {
    fn take(&mut self, position: Position) -> Option<Arc<ModelFile>> {
        self.uses += 1;
        let uses = self.uses;
        self.kept.get_mut(&position).map(|kept| {
            kept.last_use = uses;
            Arc::clone(&kept.file)
        })
    }

    /// Puts a file there; those used longest ago go when there are more than `most`.
    fn put(&mut self, position: Position, file: Arc<ModelFile>, most: usize) {
        self.uses += 1;
        if let Some(before) = self.kept.insert(position, Kept { file, last_use: self.uses }) {
            before.file.outdate();
        }
        while self.kept.len() > most.max(1) {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.last_use).map(|(at, _)| *at) else {
                return;
            };
            if let Some(kept) = self.kept.remove(&oldest) {
                kept.file.outdate();
            }
        }
    }

    fn nearest_before(&mut self, position: Position) -> Option<(Position, Arc<ModelFile>)> {
        let at = self.kept.keys().copied().filter(|at| *at < position).max()?;
        self.take(at).map(|file| (at, file))
    }
}

impl History {
    /// Keeps files of earlier moments in `dir`, which belongs to one process at a time.
    pub fn open(dir: &Path, log: Arc<dyn EventLog>, options: &ReadModelOptions) -> Result<Self, ReadModelError> {
        std::fs::create_dir_all(dir).map_err(at_path(dir))?;
        let shelf = Mutex::new(found_in(dir, log.log_id(), options.kept_moments)?);
        let inner = Inner {
            dir: dir.to_owned(),
            log,
            kept_moments: options.kept_moments,
            milestone_every: options.milestone_every.max(1),
            slots: Semaphore::new(AT_ONCE),
            shelf,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Answers as of a moment, exactly; it may have to be folded first. A time after the last event is the last event's.
    pub async fn as_of(&self, moment: Moment) -> Result<View, ReadModelError> {
        let position = self.position_of(moment).await?;
        self.view_at(position).await
    }

    /// The position of a moment, which is in the log.
    pub(super) async fn position_of(&self, moment: Moment) -> Result<Position, ReadModelError> {
        match moment {
            Moment::Time(time) => Ok(self.inner.log.position_at(time).await?),
            Moment::Position(wanted) => {
                let head = self.inner.log.head().await?;
                if wanted > head { Err(ReadModelError::AfterHead { wanted, head }) } else { Ok(wanted) }
            }
        }
    }

    pub(super) async fn view_at(&self, position: Position) -> Result<View, ReadModelError> {
        Ok(View::of(self.file_at(position).await?))
    }

    /// Somebody who stops waiting does not stop the making: others may wait too, and the next one finds it ready.
    async fn file_at(&self, position: Position) -> Result<Arc<ModelFile>, ReadModelError> {
        let making = {
            let mut shelf = self.inner.shelf.lock();
            if let Some(file) = shelf.take(position) {
                return Ok(file);
            }
            let history = self.clone();
            let make = || tokio::spawn(async move { history.make_and_keep(position).await });
            let making = || make().map(|made| made.map_err(|error| ReadModelError::Stopped(error.to_string()))?);
            shelf.making.entry(position).or_insert_with(|| making().boxed().shared()).clone()
        };
        making.await
    }

    async fn make_and_keep(&self, position: Position) -> Result<Arc<ModelFile>, ReadModelError> {
        let made = match self.inner.slots.acquire().await {
            Ok(_slot) => self.make(position).await,
            Err(closed) => Err(ReadModelError::Stopped(closed.to_string())),
        };
        let mut shelf = self.inner.shelf.lock();
        shelf.making.remove(&position);
        if let Ok(file) = &made {
            shelf.put(position, Arc::clone(file), self.inner.kept_moments);
        }
        made
    }

    /// Makes the file of a position, and the one of the milestone before it where that is worth it.
    async fn make(&self, position: Position) -> Result<Arc<ModelFile>, ReadModelError> {
        let milestone = Position(position.0 / self.inner.milestone_every * self.inner.milestone_every);
        let start = self.inner.shelf.lock().nearest_before(position);
        let is_near = start.as_ref().is_some_and(|(at, _)| *at >= milestone);
        if is_near || milestone == Position::START || milestone == position {
            return self.fold_on(start, position).await;
        }
        let file = self.fold_on(start, milestone).await?;
        self.inner.shelf.lock().put(milestone, Arc::clone(&file), self.inner.kept_moments);
        self.fold_on(Some((milestone, file)), position).await
    }

    /// Folds up to a position, from a copy of an earlier file unless starting anew is quicker.
    async fn fold_on(
        &self,
        start: Option<(Position, Arc<ModelFile>)>,
        position: Position,
    ) -> Result<Arc<ModelFile>, ReadModelError> {
        let Inner { dir, log, .. } = &*self.inner;
        let unfinished = Unfinished(dir.join(format!("building-{}.sqlite", Uuid::now_v7())));
        let start = start.filter(|(at, _)| (position.0 - at.0).saturating_mul(SLOWER_WITH_INDEXES) <= position.0);
        let (path, log_id) = (unfinished.0.clone(), log.log_id());
        let (writer, after) = match start {
            None => (blocking(move || Writer::build(&path, log_id)).await?, Position::START),
            Some((at, file)) => {
                let copy = move || {
                    std::fs::copy(file.path(), &path).map_err(at_path(file.path()))?;
                    Writer::go_on(&path)
                };
                (blocking(copy).await?, at)
            }
        };
        let folded = fold(log, writer, after, position).await?;
        if let Some(error) = folded.unreadable {
            return Err(error);
        }
        blocking(move || folded.writer.finish()).await?;
        let path = dir.join(format!("{}{}.sqlite", beginning_of(log_id, position), Uuid::now_v7()));
        std::fs::rename(&unfinished.0, &path).map_err(at_path(&path))?;
        Ok(Arc::new(ModelFile::at(&path)))
    }
}

/// A name has an end of its own, so that a file that goes with its last reader is never one that was made since.
fn beginning_of(log_id: Uuid, position: Position) -> String {
    format!("at-{position}-v{}-{}-", shape(), log_id.simple())
}

/// What earlier runs kept and is still of use; the rest goes.
fn found_in(dir: &Path, log_id: Uuid, most: usize) -> Result<Shelf, ReadModelError> {
    let mut shelf = Shelf::default();
    for entry in std::fs::read_dir(dir).map_err(at_path(dir))? {
        let path = entry.map_err(at_path(dir))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_kept = name.starts_with("at-");
        if !is_kept && !name.starts_with("building-") {
            continue;
        }
        let contents = if is_kept { inspect(&path).ok().flatten() } else { None };
        match contents.filter(|contents| is_kept && name.starts_with(&beginning_of(log_id, contents.position))) {
            Some(contents) => shelf.put(contents.position, Arc::new(ModelFile::at(&path)), most),
            None => ModelFile::remove(&path).map_err(at_path(&path))?,
        }
    }
    Ok(shelf)
}
