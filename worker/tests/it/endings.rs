//! How containers end, and what is made of it.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_domain::job::{JobErrorKind, JobEvent, JobState};
use fieldlog_projections::JobRow;
use fieldlog_worker::containers::ContainerLimits;
use fieldlog_worker::containers::fake::{Act, Gate};
use fieldlog_worker::{Worker, WorkerOptions};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::cloud::{Cloud, eventually};
use crate::script::{PNG, act, end, engine, feedback, good, leave, print};

/// Runs one job whose container does this.
async fn run(cloud: &Cloud, acts: Vec<Act>) -> JobRow {
    let job = cloud.small_job().await;
    let engine = engine(move |_| acts.clone());
    let options = WorkerOptions {
        timeout: Duration::from_millis(300),
        limits: ContainerLimits { memory_bytes: 512 << 20, ..Default::default() },
        ..cloud.options("w")
    };
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap();
    let row = cloud.ended(job).await;
    eventually("nothing is left", || engine.containers().is_empty() && cloud.directories("w").is_empty()).await;
    worker.shutdown().await;
    row
}

async fn failure(acts: Vec<Act>) -> (JobErrorKind, String, Option<i64>) {
    let row = run(&Cloud::new().await, acts).await;
    assert_eq!((row.state, row.attempt), (JobState::Failed, 1));
    let error = row.error.unwrap();
    (error.kind, error.message, row.exit_code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_done_keeps_its_feedback_its_log_and_its_thumbnail() {
    let cloud = Cloud::new().await;
    let row = run(&cloud, good()).await;
    assert_eq!((row.state, row.exit_code), (JobState::Finished, Some(0)));
    assert_eq!(cloud.blob(row.log.unwrap()).await, "opening\ndone\n");
    let [thumbnail] = &row.outputs[..] else { panic!("{:?}", row.outputs) };
    assert_eq!((thumbnail.name.as_str(), thumbnail.media_type.as_str()), ("thumbnail.png", "image/png"));
    assert_eq!(cloud.storage.read_to_bytes(&thumbnail.digest, 1_000).await.unwrap(), PNG);
    assert_eq!(cloud.app.view().job_feedback(row.id).unwrap(), Some(feedback()));
    assert!(row.image_digest.unwrap().starts_with("sha256:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workflows_own_error_is_told_also_when_the_container_ends_well() {
    let report = json!({
        "error": "Line 7: mismatched tag", "error_type": "INVALID_PROJECT_FILE",
        "steps": [{"id": "start_qgis_app", "stage": 2}, {"id": "project_validity_check", "stage": 1}],
    });
    let row = run(&Cloud::new().await, vec![leave(&report), end(0)]).await;
    let error = row.error.unwrap();
    assert_eq!(error.kind, JobErrorKind::InvalidProjectFile);
    assert_eq!(
        (error.message.as_str(), error.step.as_deref()),
        ("Line 7: mismatched tag", Some("project_validity_check"))
    );

    let other = json!({"error": "no such file", "error_type": "FILE_NOT_FOUND"});
    assert_eq!(
        failure(vec![leave(&other), end(1)]).await,
        (JobErrorKind::Workflow, "no such file".to_owned(), Some(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_what_happened_when_nothing_else_does() {
    let (kind, message, code) = failure(vec![leave(&feedback()), end(3)]).await;
    assert_eq!((kind, code), (JobErrorKind::ContainerFailed, Some(3)));
    assert!(message.contains("exit code 3"), "{message}");
    let (kind, message, code) = failure(vec![end(137)]).await;
    assert_eq!((kind, code), (JobErrorKind::ContainerFailed, Some(137)));
    assert!(message.contains("killed"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn want_of_memory_is_told_apart_whatever_the_exit_code() {
    for code in [137, 0] {
        let (kind, message, _) = failure(vec![leave(&feedback()), Act::End { code, out_of_memory: true }]).await;
        assert_eq!(kind, JobErrorKind::OutOfMemory);
        assert!(message.contains("512 MiB"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_takes_too_long_is_ended() {
    let cloud = Cloud::new().await;
    let row = run(&cloud, vec![print("thinking"), Act::Hold(Gate::closed())]).await;
    let error = row.error.unwrap();
    assert_eq!(error.kind, JobErrorKind::Timeout);
    assert!(error.message.contains("0.3 s"), "{}", error.message);
    let log = cloud.blob(row.log.unwrap()).await;
    assert!(log.starts_with("thinking\n") && log.contains("longer than allowed"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_that_cannot_be_understood_is_a_failure_of_its_own() {
    let bad: Vec<(&str, Vec<Act>)> = vec![
        ("no feedback.json", vec![]),
        ("not JSON", vec![Act::Leave("feedback.json", b"{".to_vec())]),
        ("JSON object", vec![Act::Leave("feedback.json", b"[1]".to_vec())]),
        ("16777216 bytes", vec![Act::Leave("feedback.json", vec![b' '; (16 << 20) + 1])]),
        ("plain file", vec![act(|io| std::os::unix::fs::symlink("/etc/hostname", io.join("feedback.json")).unwrap())]),
        ("plain file", vec![act(|io| std::fs::create_dir(io.join("feedback.json")).unwrap())]),
        ("project_details", vec![leave(&json!({"outputs": {}}))]),
    ];
    for (expected, acts) in bad {
        let (kind, message, _) = failure(acts).await;
        assert_eq!(kind, JobErrorKind::BadFeedback);
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_that_are_not_what_they_should_be_are_left_out() {
    for content in [b"GIF89a".to_vec(), [PNG, &vec![0; 5 << 20]].concat()] {
        let row = run(&Cloud::new().await, vec![leave(&feedback()), Act::Leave("thumbnail.png", content)]).await;
        assert_eq!((row.state, row.outputs), (JobState::Finished, vec![]));
    }
    let link = act(|io| std::os::unix::fs::symlink("/etc/hostname", io.join("thumbnail.png")).unwrap());
    assert_eq!(run(&Cloud::new().await, vec![leave(&feedback()), link]).await.outputs, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_in_neither_feedback_nor_log_nor_error() {
    let cloud = Cloud::new().await;
    let report = json!({
        "error": "cannot open dbname='farm' user='ana' password='hunter2'",
        "outputs": {"layers": [{"datasource": "https://ana:hunter2@maps.example/wms?token=hunter2"}]},
    });
    let row = run(&cloud, vec![print("url=https://ana:hunter2@maps.example"), leave(&report)]).await;
    let kept = cloud.log.read_feed(Default::default(), 1_000).await.unwrap();
    assert!(kept.iter().all(|event| !event.payload.contains("hunter2")));
    let log = cloud.blob(row.log.unwrap()).await;
    assert!(!log.contains("hunter2") && log.contains("maps.example"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_seen_while_the_container_runs() {
    let cloud = Cloud::new().await;
    let job = cloud.small_job().await;
    let gate = Gate::closed();
    let engine = engine({
        let gate = gate.clone();
        move |_| [vec![print("first"), Act::Hold(gate.clone())], good()].concat()
    });
    let mut lines = Box::pin(cloud.app.job_logs().subscribe(job, 1));
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let first = lines.next().await.unwrap();
    assert_eq!((first[0].number, first[0].attempt, first[0].text.as_str()), (1, 1, "first"));
    assert!(!cloud.row(job).state.is_final());
    gate.open();
    let mut rest = vec![];
    while let Some(page) = lines.next().await {
        rest.extend(page.into_iter().map(|line| line.text));
    }
    assert_eq!(rest, ["opening", "done"], "and then the end");
    cloud.finished(job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_talks_too_much_keeps_the_start_and_the_end_of_its_log() {
    let cloud = Cloud::new().await;
    let mut acts: Vec<_> = (0..13_000).map(|n| print(&format!("{n:06} {}", "x".repeat(1_000)))).collect();
    acts.push(leave(&feedback()));
    let row = run(&cloud, acts).await;
    let log = cloud.blob(row.log.unwrap()).await;
    assert!(log.len() < 11 << 20, "{}", log.len());
    assert!(log.starts_with("000000 ") && log.lines().last().unwrap().starts_with("012999 "));
    assert!(log.contains("lines left out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_is_recorded() {
    let cloud = Cloud::new().await;
    let row = run(&cloud, good()).await;
    let events = cloud.events(row.id).await;
    let Some(JobEvent::JobStarted { container, image, image_digest, inputs, .. }) =
        events.iter().find(|event| matches!(event, JobEvent::JobStarted { .. }))
    else {
        panic!("{events:?}")
    };
    assert!(container.starts_with("fake-") && image == "qgis" && image_digest.starts_with("sha256:"));
    let inputs: Value = serde_json::from_str(&cloud.blob(*inputs).await).unwrap();
    assert_eq!(inputs["files"][0]["path"], "farm.qgs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_fills_the_disk_is_ended() {
    let cloud = Cloud::new().await;
    let limits = ContainerLimits { disk_bytes: 1 << 20, ..ContainerLimits::default() };
    let options = WorkerOptions { limits, timeout: Duration::from_secs(60), ..cloud.options("w") };
    let fill = act(|io| {
        (0..30).for_each(|name| std::fs::write(io.join(format!("files/{name}")), vec![1; 50_000]).unwrap());
    });
    let engine = engine(move |_| vec![print("filling"), fill.clone(), Act::Hold(Gate::closed())]);
    let job = cloud.small_job().await;
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), options).await.unwrap();
    let row = cloud.ended(job).await;
    let error = row.error.unwrap();
    assert_eq!((row.state, row.attempt, error.kind), (JobState::Failed, 1, JobErrorKind::OutOfDisk));
    assert!(error.message.contains("1 MiB of disk"), "{}", error.message);
    assert!(cloud.blob(row.log.unwrap()).await.starts_with("filling\n"));
    eventually("nothing is left", || cloud.directories("w").is_empty()).await;
    worker.shutdown().await;
}
