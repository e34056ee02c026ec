//! Who has a job, and for how long.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use fieldlog_commands::CommandError;
use fieldlog_commands::job::{ClaimJob, FinishJob, claim_job, finish_job};
use fieldlog_domain::job::{JobRefusal, JobState, RunRecord};
use fieldlog_domain::{StreamId, StreamKind, WorkerId};
use fieldlog_worker::containers::fake::{Act, Gate};
use fieldlog_worker::{IdentityError, StartError, Worker, WorkerOptions};
use uuid::Uuid;

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::hooks::Valve;
use crate::script::{engine, good, good_after};

#[tokio::test(flavor = "multi_thread")]
async fn three_workers_on_one_log_never_run_a_job_twice() {
    let cloud = Cloud::new().await;
    let engine = engine(|spec| {
        // Differs from job to job, without chance.
        let delay = spec.name.bytes().map(u64::from).sum::<u64>() % 20;
        let mut acts = vec![Act::Take(Duration::from_millis(delay))];
        acts.extend(good());
        acts
    });
    let mut jobs = vec![];
    for _ in 0..30 {
        jobs.push(cloud.small_job().await);
    }
    let mut workers = vec![];
    for name in ["a", "b", "c"] {
        // Each with a model of its own, which lags behind in its own way.
        let app = cloud.node(name, cloud.log.clone()).await;
        let options = WorkerOptions { slots: 3, ..cloud.options(name) };
        workers.push(Worker::start_with(app, Arc::new(engine.clone()), options).await.unwrap());
    }
    for _ in 0..30 {
        jobs.push(cloud.small_job().await);
    }
    let mut who = HashSet::new();
    for job in &jobs {
        who.insert(cloud.finished(*job).await.worker.unwrap());
        let names = cloud.event_names(*job).await;
        assert_eq!(names, ["job_requested", "job_claimed", "job_started", "job_finished"]);
    }
    assert!(who.len() > 1, "one worker did everything: nothing was tested");
    let started: HashSet<_> = engine.started().into_iter().map(|spec| spec.name).collect();
    assert_eq!((started.len(), engine.started().len()), (jobs.len(), jobs.len()));
    for worker in workers {
        worker.shutdown().await;
    }
    eventually("nothing is left", || engine.containers().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_no_more_jobs_at_once_than_it_has_slots() {
    let cloud = Cloud::new().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let mut jobs = vec![];
    for _ in 0..5 {
        jobs.push(cloud.small_job().await);
    }
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let mut status = worker.status();
    status.wait_for(|status| status.running.len() == 2).await.unwrap();
    eventually("two run", || engine.started().len() == 2).await;
    assert_eq!(jobs.iter().filter(|job| cloud.row(**job).state == JobState::Requested).count(), 3);
    gate.open();
    for job in jobs {
        cloud.finished(job).await;
    }
    assert_eq!(engine.started().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_worker_that_is_not_heard_of_is_done_by_another() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let lease = Duration::from_millis(300);
    let lost = ClaimJob { command_id: None, job, worker: WorkerId(Uuid::now_v7()), lease };
    let attempt = claim_job(&cloud.app, &cloud.viewer(), lost).await.unwrap().value;

    let engine = engine(|_| good());
    let options = WorkerOptions { lease, ..cloud.options("w") };
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap();
    assert_eq!(cloud.finished(job).await.attempt, 2);
    let late =
        FinishJob { command_id: None, job, attempt, outputs: vec![], removed: vec![], run: RunRecord::default() };
    let refused = finish_job(&cloud.app, &cloud.viewer(), late).await.unwrap_err();
    assert!(matches!(refused, CommandError::Refused(JobRefusal::LeaseLost { .. } | JobRefusal::AlreadyEnded(_))));
    let mut names = cloud.event_names(job).await;
    // It is a short lease, and the machine may have other things to do.
    names.retain(|name| *name != "lease_renewed");
    let expected = ["job_requested", "job_claimed", "lease_expired", "job_claimed", "job_started", "job_finished"];
    assert_eq!(names, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_comes_back_too_late_kills_its_container_and_changes_nothing() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let slow = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    // What it appends gets stuck: to everybody else it is dead.
    let valve = Valve::open();
    let stuck = cloud.node("stuck", valve.steps().log(cloud.log.clone())).await;
    let lease = Duration::from_millis(600);
    let options = WorkerOptions { lease, ..cloud.options("stuck") };
    let _stuck = Worker::start_with(stuck, Arc::new(slow.clone()), options).await.unwrap();
    cloud.until(job, |row| row.state == JobState::Started).await;
    valve.set_open(false);

    let quick = engine(|_| good());
    let options = WorkerOptions { lease, ..cloud.options("w") };
    let _other = Worker::start_with(cloud.app.clone(), Arc::new(quick.clone()), options).await.unwrap();
    assert_eq!(cloud.finished(job).await.attempt, 2);
    valve.set_open(true);
    eventually("the late container is gone", || slow.containers().is_empty()).await;
    eventually("its directory too", || cloud.directories("stuck").is_empty()).await;
    let ends = cloud.event_names(job).await.iter().filter(|name| **name == "job_finished").count();
    assert_eq!(ends, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_for_as_long_as_the_container_runs() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let options = WorkerOptions { lease: Duration::from_millis(400), ..cloud.options("w") };
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap();
    let first = cloud.until(job, |row| row.lease_until.is_some()).await.lease_until.unwrap();
    // Three leases later it is still the first attempt's.
    cloud.until(job, |row| row.lease_until.unwrap() > first + Duration::from_millis(1_200)).await;
    assert_eq!(cloud.row(job).attempt, 1);
    gate.open();
    assert_eq!(cloud.finished(job).await.attempt, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_a_job_belongs_to_the_request_that_set_it_off() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let engine = engine(|_| good());
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    cloud.finished(job).await;
    let events = cloud.log.read_stream(&StreamId::new(StreamKind::Job, job), 0, 100).await.unwrap();
    for event in &events[1..] {
        assert_eq!(event.metadata.correlation_id, events[0].metadata.correlation_id);
        assert_eq!(event.metadata.causation_id, Some(events[0].event_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_cannot_use_one_folder() {
    let cloud = Cloud::new().await;
    let engine = Arc::new(engine(|_| good()));
    let first = Worker::start_with(cloud.app.clone(), engine.clone(), cloud.options("w")).await.unwrap();
    let second = Worker::start_with(cloud.app.clone(), engine.clone(), cloud.options("w")).await;
    assert!(matches!(second, Err(StartError::Identity(IdentityError::InUse(_)))));
    let worker = first.status().borrow().worker;
    first.shutdown().await;
    let again = Worker::start_with(cloud.app.clone(), engine, cloud.options("w")).await.unwrap();
    assert_eq!(again.status().borrow().worker, worker);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_worker_lets_jobs_end_and_claims_none_until_it_is_resumed() {
    let (cloud, gate) = (Cloud::new().await, Gate::closed());
    let engine = engine({
        let gate = gate.clone();
        move |_| good_after(&gate)
    });
    let first = cloud.small_job().await;
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await.unwrap();
    cloud.until(first, |row| row.state == JobState::Started).await;
    worker.pause_switch().pause();
    let second = cloud.small_job().await;
    gate.open();
    cloud.finished(first).await;
    let mut status = worker.status();
    let drained = status.wait_for(|status| status.is_paused && status.running.is_empty());
    tokio::time::timeout(PATIENCE, drained).await.unwrap().unwrap();
    assert_eq!(cloud.row(second).state, JobState::Requested);
    worker.pause_switch().resume();
    cloud.finished(second).await;
    worker.shutdown().await;
}
