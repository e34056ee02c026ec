//! Jobs that nobody wants any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fieldlog_commands::job::{CancelJob, cancel_job};
use fieldlog_domain::JobId;
use fieldlog_domain::job::JobState;
use fieldlog_worker::Worker;
use fieldlog_worker::containers::fake::Gate;

use crate::cloud::{Cloud, eventually};
use crate::hooks::Steps;
use crate::script::{engine, good, good_after};

async fn cancel(cloud: &Cloud, job: JobId) {
    let _ = cancel_job(&cloud.app, &cloud.viewer(), CancelJob { command_id: None, job }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_killed_at_once() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let never = Gate::closed();
    let engine = engine({
        let never = never.clone();
        move |_| good_after(&never)
    });
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    cloud.until(job, |row| row.state == JobState::Started).await;
    let asked = Instant::now();
    cancel(&cloud, job).await;
    eventually("the container is gone", || engine.containers().is_empty()).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "it took {:?}", asked.elapsed());
    eventually("its directory too", || cloud.directories("w").is_empty()).await;
    let names = cloud.event_names(job).await;
    assert_eq!(names, ["job_requested", "job_claimed", "job_started", "job_cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_cancelled_before_it_is_claimed_is_never_started() {
    let cloud = Cloud::new().await;
    let (unwanted, wanted) = (cloud.small_job().await, cloud.small_job().await);
    cancel(&cloud, unwanted).await;
    let engine = engine(|_| good());
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    cloud.finished(wanted).await;
    assert_eq!(cloud.event_names(unwanted).await, ["job_requested", "job_cancelled"]);
    assert_eq!(engine.started().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_cancelled_at_any_step_ends_once_and_leaves_nothing() {
    let cloud = Arc::new(Cloud::new().await);
    let engine = engine(|_| good());
    let mut cancelled_at = vec![];
    for step in 0.. {
        let job = cloud.small_job().await;
        let (taken, was_there) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let steps = Steps::hook({
            let (cloud, was_there) = (cloud.clone(), was_there.clone());
            move |_| {
                let is_here = taken.fetch_add(1, Ordering::SeqCst) == step;
                let (cloud, was_there) = (cloud.clone(), was_there.clone());
                Box::pin(async move {
                    if is_here {
                        was_there.store(1, Ordering::SeqCst);
                        // It may be too late; then nothing happens.
                        let _ = cancel_job(&cloud.app, &cloud.viewer(), CancelJob { command_id: None, job }).await;
                    }
                    Ok(())
                })
            }
        });
        let app = cloud.node("w", steps.log(cloud.log.clone())).await;
        let runtime = Arc::new(engine.intercepted(steps.interceptor()));
        let worker = Worker::start_with(app.clone(), runtime, cloud.options("w")).await.unwrap();
        let row = cloud.ended(job).await;
        eventually("nothing is left", || engine.containers().is_empty() && cloud.directories("w").is_empty()).await;
        worker.shutdown().await;
        app.model().shutdown().await;
        let names = cloud.event_names(job).await;
        let ends = names.iter().filter(|name| matches!(**name, "job_finished" | "job_failed" | "job_cancelled"));
        assert_eq!(ends.count(), 1, "cancelled at step {step}: {names:?}");
        if row.state == JobState::Cancelled {
            cancelled_at.push(step);
        } else {
            assert_eq!(row.state, JobState::Finished, "cancelled at step {step}");
        }
        if was_there.load(Ordering::SeqCst) == 0 {
            break;
        }
    }
    assert!(cancelled_at.len() > 10, "only {cancelled_at:?}");
}
