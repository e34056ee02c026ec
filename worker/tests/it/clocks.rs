//! Clocks that are set by hours while jobs run, wait and are leased: nothing runs twice, and nothing waits for a time that will not come.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_commands::job::{ClaimJob, ScheduleRetry, claim_job, schedule_retry};
use fieldlog_domain::job::{JobCause, JobKind, JobState};
use fieldlog_domain::{JobId, ResourceId, WorkerId};
use fieldlog_worker::containers::fake::Gate;
use fieldlog_worker::{Worker, WorkerOptions};
use uuid::Uuid;

use crate::cloud::{Cloud, SetClock};
use crate::script::{engine, good, good_after};

/// Wrong by so many hours.
const JUMPS: [i64; 2] = [3, -3];
const LEASE: Duration = Duration::from_millis(600);

/// A job that waits for uploads to pause, as they do after each.
async fn job_after_upload(cloud: &Cloud) -> JobId {
    let project = ResourceId(Uuid::now_v7());
    cloud.register(project).await;
    let digest = cloud.put_file(project, "farm.qgs", b"<qgis/>").await;
    let kind = JobKind::ProcessProjectFile;
    cloud.request_because(JobCause::RevisionStaged, kind, project, "farm.qgs", digest).await
}

/// Who claims it is never heard of again.
async fn claimed_by_nobody(cloud: &Cloud, job: JobId) -> u32 {
    let lost = ClaimJob { command_id: None, job, worker: WorkerId(Uuid::now_v7()), lease: LEASE };
    claim_job(&cloud.app, &cloud.viewer(), lost).await.unwrap().value
}

/// Until a lease was renewed so often.
async fn until_renewed(cloud: &Cloud, job: JobId, times: usize) {
    let mut last = cloud.row(job).lease_until;
    for _ in 0..times {
        last = cloud.until(job, |row| row.lease_until != last).await.lease_until;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_renewed_outlives_every_clock_that_is_set() {
    for jump in JUMPS {
        for who in ["the worker that has the job", "the worker that waits"] {
            let (cloud, gate) = (Cloud::new().await, Gate::closed());
            let engine = engine({
                let gate = gate.clone();
                move |_| good_after(&gate)
            });
            let job = cloud.small_job().await;
            let (own, others) = (SetClock::default(), SetClock::default());
            let app = cloud.node_by(&own, "own").await;
            let options = WorkerOptions { lease: LEASE, ..cloud.options("w") };
            let worker = Worker::start_with(app, Arc::new(engine.clone()), options).await.unwrap();
            cloud.until(job, |row| row.state == JobState::Started).await;
            let app = cloud.node_by(&others, "others").await;
            let options = WorkerOptions { lease: LEASE, ..cloud.options("x") };
            let other = Worker::start_with(app, Arc::new(engine.clone()), options).await.unwrap();

            until_renewed(&cloud, job, 1).await;
            if who == "the worker that has the job" { &own } else { &others }.be_wrong_by(jump);
            // Three leases.
            until_renewed(&cloud, job, 9).await;
            gate.open();
            assert_eq!(cloud.finished(job).await.attempt, 1, "{who} jumps by {jump} h: {:?}", cloud.events(job).await);
            assert_eq!(engine.started().len(), 1);
            worker.shutdown().await;
            other.shutdown().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_was_given_by_a_wrong_clock_runs_out() {
    for jump in JUMPS {
        let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
        let job = cloud.small_job().await;
        cloud.clock.be_wrong_by(jump);
        claimed_by_nobody(&cloud, job).await;
        cloud.clock.be_wrong_by(0);
        let options = WorkerOptions { lease: LEASE, ..cloud.options("w") };
        let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap();
        assert_eq!(cloud.finished(job).await.attempt, 2, "{jump} h");
        let expected = ["job_requested", "job_claimed", "lease_expired", "job_claimed", "job_started", "job_finished"];
        let mut names = cloud.event_names(job).await;
        names.retain(|name| *name != "lease_renewed");
        assert_eq!(names, expected);
        worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_to_be_tried_again_is_tried_whatever_its_clock_was() {
    // Of the clock when the wait is appointed, and of that when somebody looks.
    for (then, now) in [(3, 0), (0, -3), (0, 3), (-3, 0), (3, -3)] {
        let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
        let job = cloud.small_job().await;
        cloud.clock.be_wrong_by(then);
        let attempt = claimed_by_nobody(&cloud, job).await;
        let delay = Duration::from_millis(50);
        let retry = ScheduleRetry { command_id: None, job, attempt, delay, reason: "no engine".to_owned() };
        schedule_retry(&cloud.app, &cloud.viewer(), retry).await.unwrap();
        cloud.clock.be_wrong_by(now);
        let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
        assert_eq!(cloud.finished(job).await.attempt, 2, "{then} h, then {now} h");
        assert_eq!(engine.started().len(), 1);
        worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_for_uploads_to_pause_is_done_whatever_the_clock_of_the_log_was() {
    for (then, now) in [(3, 0), (0, -3), (0, 3), (-3, 0)] {
        let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
        cloud.clock.be_wrong_by(then);
        let job = job_after_upload(&cloud).await;
        cloud.clock.be_wrong_by(now);
        let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
        assert_eq!(cloud.finished(job).await.attempt, 1, "{then} h, then {now} h");
        // The log goes on with the latest time that it has told: what comes next is late as well.
        let next = job_after_upload(&cloud).await;
        cloud.finished(next).await;
        worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_not_ended_for_its_time_by_a_clock_that_is_set() {
    for jump in JUMPS {
        let (cloud, gate) = (Cloud::new().await, Gate::closed());
        let engine = engine({
            let gate = gate.clone();
            move |_| good_after(&gate)
        });
        let job = cloud.small_job().await;
        let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
        cloud.until(job, |row| row.state == JobState::Started).await;
        cloud.clock.be_wrong_by(jump);
        // When it is back, the container is looked at again.
        engine.set_up(false);
        worker.status().wait_for(|status| !status.engine.is_ready()).await.unwrap();
        engine.set_up(true);
        worker.status().wait_for(|status| status.engine.is_ready()).await.unwrap();
        gate.open();
        let row = cloud.ended(job).await;
        assert_eq!((row.state, row.attempt), (JobState::Finished, 1), "{jump} h: {:?}", row.error);
        worker.shutdown().await;
    }
}
