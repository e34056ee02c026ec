//! Things that are away for a while, and come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fieldlog_commands::App;
use fieldlog_domain::job::{JobErrorKind, JobState};
use fieldlog_storage::{S3Options, Storage, StorageOptions};
use fieldlog_worker::containers::RuntimeError;
use fieldlog_worker::containers::fake::{Call, Gate, Moment};
use fieldlog_worker::{EngineState, Worker};

use crate::cloud::{Cloud, eventually};
use crate::hooks::Steps;
use crate::script::{engine, good, good_after};

#[tokio::test(flavor = "multi_thread")]
async fn without_an_engine_no_job_is_claimed_and_with_one_all_are() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| good());
    engine.set_up(false);
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let mut status = worker.status();
    let job = cloud.small_job().await;
    let seen = status.wait_for(|status| status.engine != EngineState::Unknown).await.unwrap().engine.clone();
    assert!(matches!(&seen, EngineState::NoEngine { .. }), "{seen:?}");
    assert!(seen.advice().unwrap().contains("start Docker"));
    assert_eq!(cloud.event_names(job).await, ["job_requested"]);

    engine.set_up(true);
    assert_eq!(cloud.finished(job).await.attempt, 1);
    let job = cloud.small_job().await;
    cloud.finished(job).await;
    // Idle, and away again: nobody looks until there is something to do.
    engine.set_up(false);
    let job = cloud.small_job().await;
    status.wait_for(|status| !status.engine.is_ready()).await.unwrap();
    engine.set_up(true);
    assert_eq!(cloud.finished(job).await.attempt, 1, "no attempt was burnt");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_image_no_job_is_claimed() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| good());
    engine.set_image("qgis", false);
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let mut status = worker.status();
    let job = cloud.small_job().await;
    let no_image = EngineState::NoImage { name: "qgis".to_owned() };
    status.wait_for(|status| status.engine == no_image).await.unwrap();
    assert_eq!(cloud.event_names(job).await, ["job_requested"]);
    engine.set_image("qgis", true);
    cloud.finished(job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_goes_away_while_a_job_runs_costs_nothing() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let mut status = worker.status();
    cloud.until(job, |row| row.state == JobState::Started).await;
    engine.set_up(false);
    status.wait_for(|status| !status.engine.is_ready()).await.unwrap();
    gate.open();
    engine.set_up(true);
    let row = cloud.finished(job).await;
    assert_eq!(row.attempt, 1);
    assert_eq!(cloud.blob(row.log.unwrap()).await, "waiting\nopening\ndone\n", "each line once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_refuses_is_asked_again_and_again_and_then_given_up() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| good());
    let refusals = Arc::new(AtomicUsize::new(0));
    let counted = refusals.clone();
    let picky = engine.intercepted(Arc::new(move |call, moment| {
        let refuses = call == Call::Create && moment == Moment::Before;
        let is_refused = refuses && counted.fetch_add(1, Ordering::SeqCst) != 1;
        Box::pin(async move {
            match is_refused {
                true => Err(RuntimeError::Refused { status: 500, message: "no space left on device".to_owned() }),
                false => Ok(()),
            }
        })
    }));
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(picky), cloud.options("w")).await.unwrap();
    let lucky = cloud.small_job().await;
    assert_eq!(cloud.finished(lucky).await.attempt, 2);
    let unlucky = cloud.small_job().await;
    let row = cloud.ended(unlucky).await;
    assert_eq!((row.state, row.attempt), (JobState::Failed, 3));
    let error = row.error.unwrap();
    assert_eq!(error.kind, JobErrorKind::Infrastructure);
    assert!(error.message.contains("no space left on device"), "{}", error.message);
    eventually("no directory is left", || cloud.directories("w").is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_away_for_a_while_costs_nothing() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let engine = engine(|_| good());
    // Every kind of append fails three times before it works.
    let seen = Arc::new(std::sync::Mutex::new(std::collections::HashMap::<String, u32>::new()));
    let steps = Steps::hook(move |step| {
        let fails = step.starts_with("append") && step.ends_with("Before") && {
            let mut seen = seen.lock().unwrap();
            let count = seen.entry(step).or_default();
            *count += 1;
            *count <= 3
        };
        Box::pin(async move { if fails { Err("connection refused".to_owned()) } else { Ok(()) } })
    });
    let app = cloud.node("w", steps.log(cloud.log.clone())).await;
    let _worker = Worker::start_with(app, Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    assert_eq!(cloud.finished(job).await.attempt, 1);
    assert_eq!(engine.started().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_is_away_is_nobodys_fault() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let engine = engine(|_| good());
    let dead = storage_that_is_away();
    let app = App::builder(cloud.log.clone(), cloud.app.vault().clone(), dead, cloud.app.model().clone()).build();
    let worker = Worker::start_with(app, Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    cloud.until(job, |row| row.attempt == 1 && row.state == JobState::Requested).await;
    worker.shutdown().await;
    let names = cloud.event_names(job).await;
    assert!(names.contains(&"job_retry_scheduled") && !names.contains(&"job_failed"), "{names:?}");

    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    cloud.finished(job).await;
}

/// An S3 server that nobody has started.
fn storage_that_is_away() -> Storage {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let s3 = S3Options {
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        region: Some("nowhere".to_owned()),
        access_key_id: Some("key".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        retries: 0,
        ..S3Options::default()
    };
    Storage::open(&"s3://bucket".parse().unwrap(), &StorageOptions { s3, spool_dir: None }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_files_is_nobodys_fault() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let engine = engine(|_| good());
    // A plain file where the job directories go.
    let options = cloud.options("w");
    std::fs::create_dir_all(&options.dir).unwrap();
    let in_the_way = options.dir.join("jobs");
    std::fs::write(&in_the_way, "").unwrap();
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap();
    cloud.until(job, |row| row.attempt == 1 && row.state == JobState::Requested).await;
    std::fs::remove_file(&in_the_way).unwrap();
    assert!(cloud.finished(job).await.attempt > 1);
}
