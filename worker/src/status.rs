//! How a worker is doing, for readiness checks, `doctor` and people.

use fieldlog_domain::{JobId, WorkerId};

use crate::containers::{EngineInfo, Image, RuntimeError};

/// Whether containers can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineState {
    /// Nobody has looked yet.
    Unknown,
    /// Engine and image are there.
    Ready {
        /// The engine.
        engine: EngineInfo,
        /// The image.
        image: Image,
    },
    /// The engine does not answer; no job is claimed until it does.
    NoEngine {
        /// What was seen.
        why: String,
    },
    /// The engine answers and has no such image; no job is claimed until it has.
    NoImage {
        /// The image.
        name: String,
    },
    /// The image's containers fetch files themselves, and this worker has no API for them; no job is claimed.
    NoJobApi {
        /// The image.
        name: String,
    },
}

impl EngineState {
    /// What an error at the engine says about it; nothing when it only concerns one container.
    pub(crate) fn after(error: &RuntimeError) -> Option<Self> {
        match error {
            RuntimeError::Unavailable(why) => Some(Self::NoEngine { why: why.clone() }),
            RuntimeError::NoImage(name) => Some(Self::NoImage { name: name.clone() }),
            RuntimeError::NoContainer(_) | RuntimeError::NameTaken(_) | RuntimeError::Refused { .. } => None,
        }
    }

    /// Whether containers can be started.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// What to do about it, in one sentence; none when it is ready.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Ready { .. } => None,
            Self::Unknown => Some("the container engine was not looked at yet; wait a moment".to_owned()),
            Self::NoEngine { why } => Some(format!(
                "the container engine does not answer ({why}); start Docker, or say where it listens with --docker"
            )),
            Self::NoImage { name } => {
                Some(format!("the container engine has no image {name:?}; build it with scripts/qgis-image"))
            }
            Self::NoJobApi { name } => Some(format!(
                "containers of the image {name:?} fetch files through QFieldCloud's API; say with --worker-network and \
                 --worker-api where they reach this worker"
            )),
        }
    }
}

/// How a worker is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Who it is.
    pub worker: WorkerId,
    /// Whether containers can be started.
    pub engine: EngineState,
    /// How many jobs it runs at once.
    pub slots: usize,
    /// The jobs it runs, with their attempts.
    pub running: Vec<(JobId, u32)>,
    /// How many containers wait for jobs with QGIS started.
    pub waiting: usize,
    /// Whether it takes no new jobs because it was paused.
    pub is_paused: bool,
    /// Whether it takes no new jobs because it is shutting down.
    pub is_shutting_down: bool,
}
