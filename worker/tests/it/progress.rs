//! How far a container is, seen in the log while it runs.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_domain::JobId;
use fieldlog_domain::job::{JobEvent, JobState};
use fieldlog_worker::containers::fake::{Act, Gate};
use fieldlog_worker::{ProgressPace, Worker, WorkerOptions};

use crate::cloud::Cloud;
use crate::script::{engine, good, print};

const OPEN: &str = "8d3ea27a-8d75-4b40-a0a5-6e7f6a1d5c11";
const CONVERT: &str = "1f0c60a2-52a6-4d39-8b8e-0a8b3a4c2f77";
const LONG: Duration = Duration::from_secs(3_600);

fn begins(step: &str, name: &str) -> Act {
    print(&format!("::<<<::{step} {name}"))
}

fn done(step: &str, percent: u8) -> Act {
    print(&format!("::===::{step} {percent}"))
}

fn ends(step: &str) -> Act {
    print(&format!("::>>>::{step} 2"))
}

/// How far the log says that a job was, in order.
async fn told(cloud: &Cloud, job: JobId) -> Vec<(u32, String, Option<u8>)> {
    let events = cloud.events(job).await.into_iter();
    let told = events.filter_map(|event| match event {
        JobEvent::JobProgressed { attempt, step, percent } => Some((attempt, step, percent)),
        _ => None,
    });
    told.collect()
}

fn options(cloud: &Cloud, after: Duration, every: Duration) -> WorkerOptions {
    WorkerOptions { progress: ProgressPace { after, every }, ..cloud.options("w") }
}

#[tokio::test(flavor = "multi_thread")]
async fn step_and_percent_are_seen_while_the_container_runs_and_only_then() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gates = [Gate::closed(), Gate::closed(), Gate::closed()];
    let acts = [
        vec![begins(OPEN, "Open"), Act::Hold(gates[0].clone())],
        vec![ends(OPEN), begins(CONVERT, "Convert layers"), done(CONVERT, 0), Act::Hold(gates[1].clone())],
        vec![done(CONVERT, 60), print("layer 6 of 10"), Act::Hold(gates[2].clone()), ends(CONVERT)],
        good(),
    ]
    .concat();
    let engine = engine(move |_| acts.clone());
    let options = options(&cloud, Duration::ZERO, Duration::from_millis(5));
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), options).await.unwrap();
    let row = cloud.until(job, |row| row.step.as_deref() == Some("Open")).await;
    assert_eq!((row.state, row.percent), (JobState::Started, None));
    gates[0].open();
    cloud.until(job, |row| (row.step.as_deref(), row.percent) == (Some("Convert layers"), Some(0))).await;
    gates[1].open();
    let row = cloud.until(job, |row| row.percent == Some(60)).await;
    assert_eq!((row.step.as_deref(), row.state), (Some("Convert layers"), JobState::Started));
    gates[2].open();
    let row = cloud.finished(job).await;
    assert_eq!((row.step, row.percent), (None, None));

    let log = cloud.blob(row.log.unwrap()).await;
    assert!(!log.contains("::===::"), "{log}");
    let lines = [format!("::<<<::{OPEN} Open"), "layer 6 of 10".to_owned(), format!("::>>>::{CONVERT} 2")];
    assert!(lines.iter().all(|line| log.lines().any(|found| found == line)), "{log}");
    assert!(told(&cloud, job).await.iter().all(|(attempt, ..)| *attempt == 1));
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_for_the_worker_are_not_among_those_that_people_see_live() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let acts =
        [vec![begins(OPEN, "Open"), done(OPEN, 10), print("hello"), done(OPEN, 20), ends(OPEN)], good()].concat();
    let engine = engine(move |_| acts.clone());
    let lines = cloud.app.job_logs().subscribe(job, 1);
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await.unwrap();
    let pages: Vec<_> = futures::StreamExt::collect(lines).await;
    let seen: Vec<_> = pages.into_iter().flatten().map(|line| (line.number, line.text)).collect();
    let texts = [&format!("::<<<::{OPEN} Open"), "hello", &format!("::>>>::{OPEN} 2"), "opening", "done"];
    let expected: Vec<_> = (1..).zip(texts.map(ToOwned::to_owned)).collect();
    assert_eq!(seen, expected, "numbered without a gap");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_says_much_is_told_of_now_and_then() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let (first, last) = (Gate::closed(), Gate::closed());
    let mut acts = vec![begins(OPEN, "Open"), Act::Hold(first.clone()), begins(CONVERT, "Convert layers")];
    acts.extend((0..=100).map(|percent| done(CONVERT, percent)));
    acts.extend([print("all converted"), Act::Hold(last.clone())]);
    acts.extend(good());
    let engine = engine(move |_| acts.clone());
    let mut lines = Box::pin(cloud.app.job_logs().subscribe(job, 3));
    let options = options(&cloud, Duration::ZERO, LONG);
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), options).await.unwrap();
    cloud.until(job, |row| row.step.is_some()).await;
    first.open();
    // The worker has heard all of it.
    futures::StreamExt::next(&mut lines).await.unwrap();
    last.open();
    cloud.finished(job).await;
    assert_eq!(told(&cloud, job).await, [(1, "Open".to_owned(), None)], "once, and not again within the hour");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn short_jobs_leave_no_such_events() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let acts = [vec![begins(OPEN, "Open"), done(OPEN, 50), ends(OPEN)], good()].concat();
    let engine = engine(move |_| acts.clone());
    let options = options(&cloud, LONG, Duration::ZERO);
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), options).await.unwrap();
    cloud.finished(job).await;
    assert_eq!(cloud.event_names(job).await, ["job_requested", "job_claimed", "job_started", "job_finished"]);
    worker.shutdown().await;
}
