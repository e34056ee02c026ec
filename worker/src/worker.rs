//! Puts a worker together.

use std::net::SocketAddr;
use std::sync::Arc;

use fieldlog_commands::App;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::containers::ContainerRuntime;
use crate::containers::docker::DockerRuntime;
use crate::context::Context;
use crate::identity::{Identity, IdentityError};
use crate::job_api::JobApi;
use crate::options::WorkerOptions;
use crate::queue::{Queue, expire_leases};
use crate::status::WorkerStatus;
use crate::sweeper::keep_clean;
use crate::warm::{keep_warm, let_cool};

/// Follows the log and runs containers.
pub struct Worker;

/// A worker at work. When it is dropped the worker stops at once, as if its process had been killed.
#[must_use]
pub struct WorkerHandle {
    ctx: Arc<Context>,
    shutdown: watch::Sender<bool>,
    status: watch::Receiver<WorkerStatus>,
    main: AbortOnDrop,
}

/// Why a worker does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Its folder cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// It cannot listen for containers that fetch files themselves.
    #[error(
        "the worker cannot listen for containers on {address}; expected a free address of this machine in worker_api"
    )]
    Listen {
        /// Where it was told to.
        address: SocketAddr,
        /// The network's words.
        #[source]
        source: std::io::Error,
    },
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Worker {
    /// Starts a worker with the container engine that the options name. Neither engine nor image need to be there yet.
    pub async fn start(app: App, options: WorkerOptions) -> Result<WorkerHandle, StartError> {
        let runtime = Arc::new(DockerRuntime::new(options.docker.clone()));
        Self::start_with(app, runtime, options).await
    }

    /// Starts a worker with any container engine.
    pub async fn start_with(
        app: App,
        runtime: Arc<dyn ContainerRuntime>,
        options: WorkerOptions,
    ) -> Result<WorkerHandle, StartError> {
        let grids = options.grids.map(|grids| grids.canonicalize().unwrap_or(grids));
        let options = WorkerOptions { dir: absolute(options.dir)?, grids, ..options };
        let identity = Identity::take(&options.dir)?;
        let job_api = match &options.job_api {
            None => None,
            Some(wanted) => {
                let started = JobApi::start(wanted).await;
                Some(started.map_err(|source| StartError::Listen { address: wanted.listen, source })?)
            }
        };
        describe_metrics();
        tracing::info!(worker = %identity.worker, slots = options.slots, "worker starts");
        let ctx = Arc::new(Context::new(app, runtime, options, identity, job_api));
        let (shutdown, told) = watch::channel(false);
        let status = ctx.status();
        let main = AbortOnDrop(tokio::spawn(work(ctx.clone(), told)));
        Ok(WorkerHandle { ctx, shutdown, status, main })
    }
}

/// The engine wants to be told whole paths.
fn absolute(dir: std::path::PathBuf) -> Result<std::path::PathBuf, IdentityError> {
    let whole = std::fs::create_dir_all(&dir).and_then(|()| dir.canonicalize());
    whole.map_err(|source| IdentityError::Io { path: dir.display().to_string(), source })
}

async fn work(ctx: Arc<Context>, shutdown: watch::Receiver<bool>) {
    // All of them end with this task, whatever ends it.
    let mut beside = JoinSet::new();
    let watched = ctx.clone();
    beside.spawn(async move { watched.engine.watch(watched.options.look_interval, watched.options.look_again).await });
    beside.spawn(expire_leases(ctx.clone()));
    beside.spawn(keep_clean(ctx.clone()));
    beside.spawn(keep_warm(ctx.clone()));
    Queue::new(ctx.clone()).work(shutdown).await;
    beside.shutdown().await;
    let_cool(&ctx).await;
}

impl WorkerHandle {
    /// How the worker is doing, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<WorkerStatus> {
        self.status.clone()
    }

    /// What pauses it.
    pub fn pause_switch(&self) -> PauseSwitch {
        PauseSwitch(self.ctx.clone())
    }

    /// Claims no more jobs, lets the running ones end for a while, and stops. Those that go on are resumed at the next start.
    pub async fn shutdown(mut self) {
        self.shutdown.send_replace(true);
        if let Err(error) = (&mut self.main.0).await {
            tracing::error!(%error, "the worker did not end well");
        }
    }
}

/// Pauses a worker: it claims no more jobs, and those that run go on. It is drained when its status shows none.
#[derive(Clone)]
pub struct PauseSwitch(Arc<Context>);

impl PauseSwitch {
    /// Claims no more jobs until it is resumed.
    pub fn pause(&self) {
        tracing::info!(jobs = self.0.running().len(), "the worker is paused");
        self.0.paused().send_replace(true);
    }

    /// Claims jobs again.
    pub fn resume(&self) {
        tracing::info!("the worker goes on");
        self.0.paused().send_replace(false);
    }
}

fn describe_metrics() {
    metrics::describe_gauge!("fieldlog_worker_jobs_running", "Jobs that this worker has in hand");
    metrics::describe_gauge!("fieldlog_worker_containers_waiting", "Containers that wait for a job with QGIS started");
    metrics::describe_counter!("fieldlog_worker_starts_total", "Jobs by whether a container waited for them");
    metrics::describe_counter!("fieldlog_worker_attempts_total", "Attempts at jobs by how they ended");
    metrics::describe_histogram!(
        "fieldlog_worker_attempt_seconds",
        metrics::Unit::Seconds,
        "Time from the claim of a job to its end"
    );
    metrics::describe_histogram!(
        "fieldlog_worker_wait_seconds",
        metrics::Unit::Seconds,
        "Time from the request of a job to its claim"
    );
}
