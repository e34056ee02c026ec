//! What whoever runs a worker may decide.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::containers::ContainerLimits;
use crate::containers::docker::DockerAddress;
use crate::memory;

/// What whoever runs a worker may decide.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// How many jobs run at once.
    pub slots: usize,
    /// How many containers wait for jobs with QGIS started, at most; 0: none, each job starts one of its own.
    pub warm: usize,
    /// The image of the QGIS container.
    pub image: String,
    /// Where the container engine listens.
    pub docker: DockerAddress,
    /// The engine's network for jobs of projects with layers on servers, where the owner's plan has them; none: no job has a network.
    pub network: Option<String>,
    /// For images that fetch files themselves; none: such images cannot be used.
    pub job_api: Option<JobApiOptions>,
    /// A folder of PROJ's transformation grids that every container may read; none, or not there: without.
    pub grids: Option<PathBuf>,
    /// The worker's folder: its identity and its job directories. One worker at a time uses it.
    pub dir: PathBuf,
    /// What a container may use up.
    pub limits: ContainerLimits,
    /// How long a container may run.
    pub timeout: Duration,
    /// How long a job stays with a worker that is not heard of. Renewed at a third.
    pub lease: Duration,
    /// How long the first retry after a failure that is nobody's fault waits; each further one twice as long.
    pub retry_delay: Duration,
    /// How long results wait for storage to come back before the job is tried again as a whole.
    pub result_patience: Duration,
    /// How often the log is told how far a container is.
    pub progress: ProgressPace,
    /// How long running jobs may take to end when the worker is shut down. Those that do not are resumed at the next start.
    pub shutdown_grace: Duration,
    /// How often an engine that answers is looked at.
    pub look_interval: Duration,
    /// How soon an engine that was away is looked at again at first; each further time later, up to `look_interval`.
    pub look_again: Duration,
}

impl WorkerOptions {
    /// As many jobs at once as the machine's processors and memory allow, each with all that it may use up; at least one.
    pub fn slots_of_this_machine(limits: &ContainerLimits) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let by_processors = (processors as f64 / limits.cpus) as usize;
        let by_memory = memory::total().map_or(usize::MAX, |total| (total / limits.memory_bytes.max(1)) as usize);
        by_processors.min(by_memory).max(1)
    }

    /// The usual choice, with `dir` as the worker's folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            slots: 2,
            warm: 2,
            image: "fieldlog-qgis:latest".to_owned(),
            docker: DockerAddress::Default,
            network: None,
            job_api: None,
            grids: None,
            dir: dir.into(),
            limits: ContainerLimits::default(),
            timeout: Duration::from_secs(600),
            lease: Duration::from_secs(60),
            retry_delay: Duration::from_secs(5),
            result_patience: Duration::from_secs(300),
            progress: ProgressPace::default(),
            shutdown_grace: Duration::from_secs(10),
            look_interval: Duration::from_secs(30),
            look_again: Duration::from_secs(1),
        }
    }
}

/// Where containers of images that fetch files themselves reach the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobApiOptions {
    /// Where to listen: an address that [`WorkerOptions::network`] leads to.
    pub listen: SocketAddr,
    /// How containers write it, `http://host:port`; none: as it is.
    pub url: Option<String>,
}

/// How often the log is told how far a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressPace {
    /// Not before the container has been followed for so long: short jobs need no events of this kind.
    pub after: Duration,
    /// Not sooner than this after the time before.
    pub every: Duration,
}

impl Default for ProgressPace {
    fn default() -> Self {
        Self { after: Duration::from_secs(1), every: Duration::from_secs(2) }
    }
}
