//! What every part of one worker works with.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldlog_commands::{App, Viewer};
use fieldlog_domain::{JobId, StreamId, StreamKind, WorkerId};
use tokio::sync::{Notify, watch};

use crate::containers::{ContainerRuntime, RuntimeError};
use crate::engine::EngineWatch;
use crate::identity::Identity;
use crate::job_api::JobApi;
use crate::options::WorkerOptions;
use crate::run::StopHandle;
use crate::staging::{ContainerUser, JobDirectory};
use crate::status::WorkerStatus;
use crate::warm::WarmPool;

/// What every part of one worker works with.
pub(crate) struct Context {
    pub(crate) app: App,
    pub(crate) runtime: Arc<dyn ContainerRuntime>,
    pub(crate) engine: EngineWatch,
    pub(crate) options: WorkerOptions,
    pub(crate) user: ContainerUser,
    pub(crate) warm: WarmPool,
    pub(crate) job_api: Option<JobApi>,
    identity: Identity,
    paused: watch::Sender<bool>,
    running: Mutex<HashMap<JobId, Running>>,
    status: watch::Sender<WorkerStatus>,
    /// Something could not be cleaned up and is left for the next sweep.
    pub(crate) debris: Notify,
}

/// A job that this process has in hand.
#[derive(Clone)]
pub(crate) struct Running {
    /// Which attempt; none while it is being claimed.
    pub(crate) attempt: Option<u32>,
    pub(crate) stop: StopHandle,
}

impl Context {
    pub(crate) fn new(
        app: App,
        runtime: Arc<dyn ContainerRuntime>,
        options: WorkerOptions,
        identity: Identity,
        job_api: Option<JobApi>,
    ) -> Self {
        let engine = EngineWatch::new(runtime.clone(), options.image.clone(), job_api.is_some());
        let status = watch::Sender::new(WorkerStatus {
            worker: identity.worker,
            engine: engine.state(),
            slots: options.slots,
            running: vec![],
            waiting: 0,
            is_paused: false,
            is_shutting_down: false,
        });
        let user = ContainerUser::of_this_process();
        let warm = WarmPool::of(options.warm);
        let paused = watch::Sender::new(false);
        let (running, debris) = (Mutex::default(), Notify::new());
        Self { app, runtime, engine, options, user, warm, job_api, identity, paused, running, status, debris }
    }

    pub(crate) fn worker(&self) -> WorkerId {
        self.identity.worker
    }

    pub(crate) fn directory(&self, job: JobId, attempt: u32) -> JobDirectory {
        JobDirectory::of(&self.options.dir, job, attempt)
    }

    /// The labels that all of this worker's containers bear, and no other worker's.
    pub(crate) fn own_labels(&self) -> BTreeMap<String, String> {
        [
            ("app", "fieldlog".to_owned()),
            ("fieldlog.installation", self.app.log().log_id().to_string()),
            ("fieldlog.worker", self.worker().to_string()),
        ]
        .map(|(label, value)| (label.to_owned(), value))
        .into()
    }

    /// In whose name a job is worked on: the worker's, as part of the request that set the job off.
    pub(crate) async fn viewer_for(&self, job: JobId) -> Viewer {
        match self.app.log().read_stream(&StreamId::new(StreamKind::Job, job), 0, 1).await {
            Ok(events) => match events.first() {
                Some(request) => {
                    Viewer::system(Some(request.event_id)).with_correlation(request.metadata.correlation_id)
                }
                None => Viewer::system(None),
            },
            // Whatever comes next meets the same trouble and deals with it.
            Err(_) => Viewer::system(None),
        }
    }

    /// The jobs in hand.
    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process works on this attempt, or is just about to.
    pub(crate) fn has_in_hand(&self, job: JobId, attempt: u32) -> bool {
        self.running().get(&job).is_some_and(|running| running.attempt.is_none_or(|current| current == attempt))
    }

    pub(crate) fn publish_status(&self, is_shutting_down: bool) {
        let mut running: Vec<_> =
            self.running().iter().filter_map(|(job, running)| Some((*job, running.attempt?))).collect();
        running.sort_unstable();
        metrics::gauge!("fieldlog_worker_jobs_running").set(running.len() as f64);
        let engine = self.engine.state();
        self.status.send_if_modified(|status| {
            let waiting = self.warm.len();
            let is_paused = *self.paused.borrow();
            let now = WorkerStatus { engine, running, waiting, is_paused, is_shutting_down, ..status.clone() };
            let changed = now != *status;
            if now.is_paused && now.running.is_empty() && (!status.is_paused || !status.running.is_empty()) {
                tracing::info!("the worker is drained: it has no job in hand and claims none");
            }
            *status = now;
            changed
        });
    }

    /// Whether no job is claimed until somebody says otherwise.
    pub(crate) fn paused(&self) -> &watch::Sender<bool> {
        &self.paused
    }

    /// Tells how many containers wait.
    pub(crate) fn publish_waiting(&self) {
        let waiting = self.warm.len();
        metrics::gauge!("fieldlog_worker_containers_waiting").set(waiting as f64);
        self.status.send_if_modified(|status| std::mem::replace(&mut status.waiting, waiting) != waiting);
    }

    pub(crate) fn status(&self) -> watch::Receiver<WorkerStatus> {
        self.status.subscribe()
    }

    /// Tells the engine's watch of an error, and gives it back as words.
    pub(crate) fn engine_trouble(&self, error: &RuntimeError) -> String {
        self.engine.report(error);
        error.to_string()
    }
}
