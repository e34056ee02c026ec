//! What readers and the follower share.

use std::path::PathBuf;
use std::sync::Arc;

use fieldlog_eventlog::Position;
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::store::ModelFile;
use crate::view::View;

/// How a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The last event folded.
    pub position: Position,
    /// What it is doing.
    pub follower: Follower,
}

/// What a model is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follower {
    /// It follows the log.
    Following,
    /// Something is away or full; it tries again.
    Waiting {
        /// What is wrong.
        reason: String,
    },
    /// It met an event that it cannot read and will not skip. Questions are answered as of then.
    Stopped {
        /// What is wrong.
        reason: String,
    },
    /// It was shut down.
    ShutDown,
}

/// The file that is read now, and how far it is.
pub(super) struct Live {
    file: RwLock<Arc<ModelFile>>,
    position: watch::Sender<Position>,
    follower: Mutex<Follower>,
}

impl Live {
    pub(super) fn new(path: PathBuf, position: Position) -> Self {
        Self {
            file: RwLock::new(Arc::new(ModelFile::at(&path))),
            position: watch::Sender::new(position),
            follower: Mutex::new(Follower::Following),
        }
    }

    pub(super) fn view(&self) -> View {
        View::of(Arc::clone(&self.file.read()))
    }

    pub(super) fn path(&self) -> PathBuf {
        self.file.read().path().to_owned()
    }

    pub(super) fn position(&self) -> Position {
        *self.position.borrow()
    }

    pub(super) fn changes(&self) -> watch::Receiver<Position> {
        self.position.subscribe()
    }

    pub(super) fn health(&self) -> Health {
        Health { position: self.position(), follower: self.follower.lock().clone() }
    }

    /// Lets readers read another file, which is as far as the one before. That one goes with its last reader.
    pub(super) fn switch_to(&self, path: &std::path::Path) {
        let before = std::mem::replace(&mut *self.file.write(), Arc::new(ModelFile::at(path)));
        if before.path() != path {
            before.outdate();
        }
    }

    /// Tells readers how far the file is.
    pub(super) fn reached(&self, position: Position) {
        self.position.send_if_modified(|reached| {
            let moves = position > *reached;
            *reached = position.max(*reached);
            moves
        });
    }

    /// Says what the follower is doing. One that stopped or was shut down does nothing any more.
    pub(super) fn is_now(&self, follower: Follower) {
        let mut now = self.follower.lock();
        if *now == follower || matches!(*now, Follower::Stopped { .. } | Follower::ShutDown) {
            return;
        }
        match &follower {
            Follower::Waiting { reason } => tracing::warn!(reason, "the read model waits"),
            Follower::Stopped { reason } => tracing::error!(reason, "the read model stopped"),
            Follower::Following | Follower::ShutDown => tracing::info!("the read model is {follower:?}"),
        }
        *now = follower;
    }

    pub(super) fn has_stopped(&self) -> bool {
        matches!(*self.follower.lock(), Follower::Stopped { .. } | Follower::ShutDown)
    }
}
