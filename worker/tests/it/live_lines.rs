//! What containers print, as other processes get to hear it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fieldlog_commands::live_lines::{tell_lines, told_lines};
use fieldlog_domain::JobId;
use fieldlog_worker::Worker;
use fieldlog_worker::containers::fake::{Act, FakeRuntime, Gate};
use fieldlog_worker::{ProgressPace, WorkerOptions};
use futures::StreamExt;
use uuid::Uuid;

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::crashes::{kill, restart};
use crate::script::{engine, good, print};

fn options(cloud: &Cloud) -> WorkerOptions {
    let progress = ProgressPace { after: Duration::ZERO, every: Duration::from_millis(10) };
    WorkerOptions { progress, ..cloud.options("w") }
}

/// Containers that print one line before each of two gates.
fn two_lines() -> ([Gate; 2], FakeRuntime) {
    let gates = [Gate::closed(), Gate::closed()];
    let engine = engine({
        let gates = gates.clone();
        move |_| printing(&gates)
    });
    (gates, engine)
}

fn printing(gates: &[Gate]) -> Vec<Act> {
    let lines =
        gates.iter().enumerate().flat_map(|(number, gate)| [print(&number.to_string()), Act::Hold(gate.clone())]);
    lines.chain(good()).collect()
}

/// The texts of as many lines as are told, numbered without a gap.
async fn heard(cloud: &Cloud, job: JobId, count: usize) -> Vec<String> {
    let mut told = pin!(told_lines(cloud.storage.clone(), job));
    let mut lines = vec![];
    while lines.len() < count {
        lines.extend(tokio::time::timeout(PATIENCE, told.next()).await.unwrap().unwrap());
    }
    assert!(lines.iter().zip(1..).all(|(line, number)| line.number == number), "{lines:?}");
    lines.into_iter().map(|line| line.text).collect()
}

async fn no_notes(cloud: &Cloud) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !cloud.storage.folders_of_notes().await.unwrap().is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "there are notes still");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_hear_a_container_while_it_runs_and_find_nothing_when_it_is_over() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let (gates, engine) = two_lines();
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), options(&cloud)).await.unwrap();
    assert_eq!(heard(&cloud, job, 1).await, ["0"]);
    gates[0].open();
    assert_eq!(heard(&cloud, job, 2).await, ["0", "1"]);
    gates[1].open();
    cloud.finished(job).await;
    no_notes(&cloud).await;
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_comes_back_goes_on_where_it_was() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let (gates, engine) = two_lines();
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), options(&cloud)).await;
    assert_eq!(heard(&cloud, job, 1).await, ["0"]);
    kill(worker, &cloud.dir.join("w")).await;
    gates[0].open();
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), options(&cloud)).await;
    assert_eq!(heard(&cloud, job, 2).await, ["0", "1"]);
    gates[1].open();
    assert_eq!(cloud.finished(job).await.attempt, 1);
    no_notes(&cloud).await;
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_told_is_swept_away_once_its_job_is_over() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| good());
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    let over = cloud.small_job().await;
    cloud.finished(over).await;
    worker.shutdown().await;
    let unknown = JobId(Uuid::now_v7());
    for job in [over, unknown] {
        tell_lines(&cloud.storage, (job, 1), 1, &["left".to_owned()]).await.unwrap();
    }
    let worker = restart(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await;
    let storage = cloud.storage.clone();
    let left = async || storage.folders_of_notes().await.unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while left().await.len() > 1 {
        assert!(tokio::time::Instant::now() < deadline, "notes of a job that is over are there still");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(left().await, [format!("job-{unknown}")], "it may be newer than the read model");
    eventually("nothing is left", || cloud.directories("w").is_empty()).await;
    worker.shutdown().await;
}
