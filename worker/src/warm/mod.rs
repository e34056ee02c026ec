//! Containers that wait for a job with QGIS started, so that the job need not wait for QGIS.
//!
//! Each works on one job and is thrown away like any other. Until it has its order it knows of no project, and its folder is empty.
//! How many wait follows what is needed: one more each time a job found none, one less when none was taken for a while, and none
//! is added while memory is short. Nothing depends on them: a job that finds none gets a container of its own
//! (docs/adr/0014-containers-that-wait.md).

mod keeper;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::containers::ContainerId;
use crate::staging::JobDirectory;

pub(crate) use keeper::{keep_warm, let_cool};

/// When none was taken for this long, one less is kept.
const IDLE: Duration = Duration::from_secs(300);

/// The containers of this worker that wait.
pub(crate) struct WarmPool {
    most: usize,
    shelf: Mutex<Shelf>,
    /// There may be something to do for the keeper.
    changed: Notify,
}

#[derive(Default)]
struct Shelf {
    /// The oldest first.
    waiting: VecDeque<WarmContainer>,
    /// Names of those that are being made, wait, or were taken by a job that is in hand.
    known: BTreeSet<String>,
    /// How many are to wait.
    wanted: usize,
    last_taken: Option<Instant>,
}

/// A container that waits for its order.
#[derive(Debug, Clone)]
pub(crate) struct WarmContainer {
    pub(crate) id: ContainerId,
    pub(crate) name: String,
    pub(crate) directory: JobDirectory,
    image: String,
    since: Instant,
}

/// A container that a job took. As long as this lives it is not swept away, whatever its name is by now.
pub(crate) struct Taken<'a> {
    pool: &'a WarmPool,
    pub(crate) container: WarmContainer,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.pool.shelf().known.remove(&self.container.name);
    }
}

impl WarmPool {
    /// A pool of at most so many; none for 0.
    pub(crate) fn of(most: usize) -> Self {
        let shelf = Shelf { wanted: most.min(1), ..Shelf::default() };
        Self { most, shelf: Mutex::new(shelf), changed: Notify::new() }
    }

    /// The one of this image that has waited longest.
    pub(crate) fn take(&self, image: &str) -> Option<Taken<'_>> {
        if self.most == 0 {
            return None;
        }
        let mut shelf = self.shelf();
        let found = shelf.waiting.iter().position(|waiting| waiting.image == image);
        let container = found.and_then(|found| shelf.waiting.remove(found));
        shelf.last_taken = Some(Instant::now());
        if container.is_none() {
            shelf.wanted = (shelf.wanted + 1).min(self.most);
        }
        drop(shelf);
        let word = if container.is_some() { "warm" } else { "cold" };
        metrics::counter!("fieldlog_worker_starts_total", "start" => word).increment(1);
        self.changed.notify_one();
        container.map(|container| Taken { pool: self, container })
    }

    /// Whether a container or directory of this name is spoken for.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.shelf().known.contains(name)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.shelf().waiting.len()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_find_none_make_more_wait_up_to_the_limit() {
        let pool = WarmPool::of(3);
        assert_eq!(pool.shelf().wanted, 1);
        for wanted in [2, 3, 3, 3] {
            assert!(pool.take("qgis").is_none());
            assert_eq!(pool.shelf().wanted, wanted);
        }
    }

    #[test]
    fn a_pool_that_is_switched_off_wants_none() {
        let pool = WarmPool::of(0);
        assert!(pool.take("qgis").is_none());
        assert_eq!(pool.shelf().wanted, 0);
    }
}
