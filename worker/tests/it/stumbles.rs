//! Every step of every kind of job fails once, and every step is done twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use fieldlog_worker::containers::fake::FakeRuntime;

use crate::cloud::{Cloud, eventually};
use crate::crashes::{NewJob, all_steps, outputs, restart};
use crate::field_day::{applies, creates, edit, packages};
use crate::hooks::Stumble;
use crate::script::{engine, good};

#[tokio::test(flavor = "multi_thread")]
async fn processing_stumbles_over_no_step() {
    stumbles_at_every_step(engine(|_| good()), &|cloud| Box::pin(cloud.small_job())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packaging_stumbles_over_no_step() {
    stumbles_at_every_step(engine(|_| packages()), &|cloud| Box::pin(async { cloud.package_job().await.1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_stumbles_over_no_step() {
    let new_job: &NewJob = &|cloud| Box::pin(async { cloud.apply_job(&[edit("oak"), edit("elm")]).await.1 });
    stumbles_at_every_step(engine(|_| applies("status_applied")), new_job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_stumbles_over_no_step() {
    stumbles_at_every_step(engine(|_| creates()), &|cloud| Box::pin(async { cloud.create_job().await.1 })).await;
}

/// A job for each step, at which it fails once: it ends well and once, with the same results, and leaves nothing.
async fn stumbles_at_every_step(engine: FakeRuntime, new_job: &NewJob) {
    let cloud = Cloud::new().await;
    let (steps, expected) = all_steps(&cloud, &engine, new_job, 0).await;
    assert!(steps.len() >= 20, "{steps:?}");
    for step in steps {
        let (stumble, started_before) = (Stumble::at(&step), engine.started().len());
        let app = cloud.node("stumbling", stumble.steps.log(cloud.log.clone())).await;
        let runtime = Arc::new(engine.intercepted(stumble.steps.interceptor()));
        let job = new_job(&cloud).await;
        let worker = restart(app.clone(), runtime, cloud.options("w")).await;
        let row = cloud.finished(job).await;
        eventually(&format!("{step} fails"), || stumble.has_fallen()).await;
        assert!(row.attempt <= 2, "{step}: {:?}", cloud.events(job).await);
        assert_eq!(outputs(&row), expected, "{step}");
        eventually(&format!("nothing is left after {step}"), || {
            engine.containers().is_empty() && cloud.directories("w").is_empty()
        })
        .await;
        worker.shutdown().await;
        app.model().shutdown().await;
        let names = cloud.event_names(job).await;
        assert_eq!(names.iter().filter(|name| **name == "job_finished").count(), 1, "{step}: {names:?}");
        let started: Vec<_> = engine.started().split_off(started_before).into_iter().map(|spec| spec.name).collect();
        let attempts: BTreeSet<_> = started.iter().collect();
        assert_eq!(attempts.len(), started.len(), "{step}: an attempt ran twice: {started:?}");
    }
}
