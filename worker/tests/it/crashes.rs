//! A worker that dies, at every step there is, and its next process.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use fieldlog_commands::App;
use fieldlog_domain::job::{DELTA_OUTCOMES, JobState};
use fieldlog_domain::{JobId, Sha256Digest};
use fieldlog_projections::JobRow;
use fieldlog_worker::containers::ContainerRuntime;
use fieldlog_worker::containers::fake::{FakeRuntime, Gate};
use fieldlog_worker::{IdentityError, StartError, Worker, WorkerHandle, WorkerOptions};
use futures::future::BoxFuture;

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::field_day::{applies, creates, edit, packages};
use crate::hooks::{Deadly, Recorder};
use crate::script::{engine, good, good_after};

/// Starts a worker as soon as the last process of its folder is gone.
pub async fn restart(app: App, runtime: Arc<dyn ContainerRuntime>, options: WorkerOptions) -> WorkerHandle {
    let restarting = async {
        loop {
            match Worker::start_with(app.clone(), runtime.clone(), options.clone()).await {
                Ok(worker) => return worker,
                Err(StartError::Identity(IdentityError::InUse(_))) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, restarting).await.unwrap()
}

/// Ends a worker as `kill -9` does, and waits until nothing of it moves any more.
pub async fn kill(worker: WorkerHandle, dir: &Path) {
    drop(worker);
    let identity = std::fs::File::open(dir.join("worker-id")).unwrap();
    eventually("the worker is gone", || identity.try_lock().is_ok()).await;
}

/// Until as many containers wait as may.
async fn until_warm(worker: &WorkerHandle, warm: usize) {
    let mut status = worker.status();
    let waited = status.wait_for(|status| status.waiting == warm);
    tokio::time::timeout(PATIENCE, waited).await.unwrap().unwrap();
}

/// Every step of a worker that does one job.
pub async fn all_steps(
    cloud: &Cloud,
    engine: &FakeRuntime,
    new_job: &NewJob,
    warm: usize,
) -> (BTreeSet<String>, Outputs) {
    let recorder = Recorder::new();
    let app = cloud.node("recorded", recorder.steps.log(cloud.log.clone())).await;
    let runtime = Arc::new(engine.intercepted(recorder.steps.interceptor()));
    let options = WorkerOptions { warm, ..cloud.options("recorded") };
    let (worker, job) = if warm == 0 {
        let job = new_job(cloud).await;
        (restart(app, runtime, options).await, job)
    } else {
        let worker = restart(app, runtime, options).await;
        until_warm(&worker, warm).await;
        recorder.forget();
        (worker, new_job(cloud).await)
    };
    let row = cloud.finished(job).await;
    eventually("nothing is left", || engine.containers().len() == warm).await;
    until_warm(&worker, warm).await;
    // What it does at its end is no step of the job.
    let steps = recorder.seen();
    worker.shutdown().await;
    assert!(engine.containers().is_empty());
    (steps, outputs(&row))
}

/// What a job made, by name; what it says of its edits names them, so it is another one each time.
pub type Outputs = Vec<(String, Sha256Digest)>;

pub fn outputs(row: &JobRow) -> Outputs {
    let made = row.outputs.iter().filter(|output| output.name != DELTA_OUTCOMES);
    made.map(|output| (output.name.clone(), output.digest)).collect()
}

/// Asks for a job of some kind.
pub type NewJob = dyn Fn(&Cloud) -> BoxFuture<'_, JobId>;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_step_of_processing_goes_on_where_it_was() {
    killed_at_any_step(engine(|_| good()), &|cloud| Box::pin(cloud.small_job()), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_step_of_packaging_goes_on_where_it_was() {
    killed_at_any_step(engine(|_| packages()), &|cloud| Box::pin(async { cloud.package_job().await.1 }), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_step_of_applying_goes_on_where_it_was() {
    let engine = engine(|_| applies("status_applied"));
    let new_job: &NewJob = &|cloud| Box::pin(async { cloud.apply_job(&[edit("oak"), edit("elm")]).await.1 });
    killed_at_any_step(engine.clone(), new_job, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_step_of_creating_goes_on_where_it_was() {
    killed_at_any_step(engine(|_| creates()), &|cloud| Box::pin(async { cloud.create_job().await.1 }), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_step_with_a_container_that_waited_goes_on_where_it_was() {
    let engine = engine(|_| applies("status_applied"));
    let new_job: &NewJob = &|cloud| Box::pin(async { cloud.apply_job(&[edit("oak"), edit("elm")]).await.1 });
    killed_at_any_step(engine, new_job, 1).await;
}

/// Kills a worker once at every step, and lets its next process go on: one attempt, one container, the same results.
async fn killed_at_any_step(engine: FakeRuntime, new_job: &NewJob, warm: usize) {
    let cloud = Cloud::new().await;
    let (steps, expected) = all_steps(&cloud, &engine, new_job, warm).await;
    assert!(steps.len() >= 20, "{steps:?}");
    for step in steps {
        let started_before = engine.started().len();
        let deadly = Deadly::at(&step);
        // A model of its own, which lags behind what the next process did.
        let app = cloud.node("doomed", deadly.steps.log(cloud.log.clone())).await;
        let doomed = engine.intercepted(deadly.steps.interceptor());
        let options = WorkerOptions { warm, ..cloud.options("w") };
        let (worker, job) = if warm == 0 {
            deadly.arm();
            let job = new_job(&cloud).await;
            (restart(app.clone(), Arc::new(doomed), options.clone()).await, job)
        } else {
            let worker = restart(app.clone(), Arc::new(doomed), options.clone()).await;
            until_warm(&worker, warm).await;
            deadly.arm();
            (worker, new_job(&cloud).await)
        };
        let died = tokio::time::timeout(PATIENCE, deadly.reached()).await;
        assert!(died.is_ok(), "{step} was never reached");
        kill(worker, &cloud.dir.join("w")).await;
        app.model().shutdown().await;

        let next = restart(cloud.app.clone(), Arc::new(engine.clone()), options).await;
        let row = cloud.finished(job).await;
        assert_eq!(row.attempt, 1, "killed at {step}: {:?}", cloud.events(job).await);
        assert_eq!(outputs(&row), expected, "killed at {step}");
        eventually(&format!("nothing is left after {step}"), || {
            engine.containers().len() == warm && cloud.directories("w").is_empty()
        })
        .await;
        next.shutdown().await;
        assert!(engine.containers().is_empty(), "killed at {step}");
        let mut names = cloud.event_names(job).await;
        // A process that resumes a job first makes sure that it still has it.
        names.retain(|name| *name != "lease_renewed");
        assert_eq!(names, ["job_requested", "job_claimed", "job_started", "job_finished"], "killed at {step}");
        let ordered = engine.started().split_off(started_before);
        let ordered = ordered.into_iter().filter(|spec| spec.command.last().is_some_and(|last| last != "--wait"));
        let started: Vec<_> = ordered.map(|spec| spec.name).collect();
        assert_eq!(started, [format!("fieldlog-{job}-1")], "killed at {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_down_worker_leaves_its_jobs_running_and_goes_on_with_them_later() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    cloud.until(job, |row| row.state == JobState::Started).await;
    worker.shutdown().await;
    assert_eq!(engine.containers().len(), 1);
    let late = cloud.small_job().await;
    gate.open();
    assert_eq!((cloud.row(job).state, cloud.row(late).state), (JobState::Started, JobState::Requested));

    let _next = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    let row = cloud.finished(job).await;
    assert_eq!(row.attempt, 1);
    assert_eq!(cloud.blob(row.log.unwrap()).await, "waiting\nopening\ndone\n", "the log is whole");
    cloud.finished(late).await;
    assert_eq!(engine.started().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_down_worker_lets_a_job_end_that_is_about_to() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let options = WorkerOptions { shutdown_grace: PATIENCE, ..cloud.options("w") };
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), options).await;
    cloud.until(job, |row| row.state == JobState::Started).await;
    let mut status = worker.status();
    let shut_down = tokio::spawn(worker.shutdown());
    status.wait_for(|status| status.is_shutting_down).await.unwrap();
    gate.open();
    shut_down.await.unwrap();
    cloud.finished(job).await;
    assert!(engine.containers().is_empty() && cloud.directories("w").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_started_job_whose_container_disappeared_is_tried_again() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    cloud.until(job, |row| row.state == JobState::Started).await;
    kill(worker, &cloud.dir.join("w")).await;
    let id = fieldlog_worker::containers::ContainerId(engine.containers().remove(0));
    engine.remove(&id).await.unwrap();
    gate.open();
    let _next = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    assert_eq!(cloud.finished(job).await.attempt, 2);
    assert!(cloud.event_names(job).await.contains(&"job_retry_scheduled"));
}
