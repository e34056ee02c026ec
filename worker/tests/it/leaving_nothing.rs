//! What earlier processes left behind, and what is not the worker's to touch.

use std::sync::Arc;

use fieldlog_worker::Worker;
use fieldlog_worker::containers::{ContainerRuntime, ContainerSpec};
use uuid::Uuid;

use crate::cloud::{Cloud, eventually};
use crate::script::{engine, good};

fn left_behind(name: &str, installation: &str, worker: &str) -> ContainerSpec {
    let labels = [
        ("app", "fieldlog"),
        ("fieldlog.installation", installation),
        ("fieldlog.worker", worker),
        ("fieldlog.job", &Uuid::now_v7().to_string()),
        ("fieldlog.attempt", "1"),
    ];
    ContainerSpec {
        name: name.to_owned(),
        image: "qgis".to_owned(),
        command: vec![],
        env: Default::default(),
        labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        mounts: vec![],
        network: None,
        user: "10001:10001".to_owned(),
        limits: Default::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_starting_worker_removes_its_own_left_overs_and_nobody_elses() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| good());
    let runtime = Arc::new(engine.clone());
    // Once, to have an identity.
    let worker = Worker::start_with(cloud.app.clone(), runtime.clone(), cloud.options("w")).await.unwrap();
    let own = worker.status().borrow().worker.to_string();
    worker.shutdown().await;
    let installation = cloud.log.log_id().to_string();
    let other = Uuid::now_v7().to_string();
    engine.create(&left_behind("ours", &installation, &own)).await.unwrap();
    engine.create(&left_behind("another worker's", &installation, &other)).await.unwrap();
    engine.create(&left_behind("another installation's", &other, &own)).await.unwrap();
    let jobs = cloud.dir.join("w/jobs");
    std::fs::create_dir_all(jobs.join(format!("{other}-1/io/files"))).unwrap();
    std::fs::create_dir_all(jobs.join("somebody's notes")).unwrap();

    let _worker = Worker::start_with(cloud.app.clone(), runtime, cloud.options("w")).await.unwrap();
    eventually("ours is gone", || !engine.containers().contains(&"ours".to_owned())).await;
    eventually("our directory too", || cloud.directories("w") == ["somebody's notes"]).await;
    let mut left = engine.containers();
    left.sort_unstable();
    assert_eq!(left, ["another installation's", "another worker's"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_removed_is_removed_when_the_engine_is_back() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| good());
    let job = cloud.small_job().await;
    let gone = engine.clone();
    // The engine goes away at the very end of the job.
    let moody = engine.intercepted(Arc::new(move |call, moment| {
        use fieldlog_worker::containers::fake::{Call, Moment};
        if (call, moment) == (Call::Remove, Moment::Before) && gone.containers().len() == 1 {
            gone.set_up(false);
        }
        Box::pin(async { Ok(()) })
    }));
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(moody), cloud.options("w")).await.unwrap();
    let mut status = worker.status();
    cloud.finished(job).await;
    status.wait_for(|status| !status.engine.is_ready()).await.unwrap();
    assert_eq!(engine.containers().len(), 1);
    drop(worker);
    engine.set_up(true);
    let _next = crate::crashes::restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    eventually("it is gone", || engine.containers().is_empty()).await;
}
