//! Whole jobs in real containers.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldlog_commands::job::{CancelJob, cancel_job};
use fieldlog_domain::job::{JobErrorKind, JobState};
use fieldlog_domain::{JobId, ResourceId, Sha256Digest};
use fieldlog_worker::containers::{ContainerLimits, ContainerRuntime};
use fieldlog_worker::{Worker, WorkerOptions};
use serde_json::Value;
use uuid::Uuid;

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::crashes::restart;
use crate::docker_engine::{IMAGE, Instead, docker, make_sample, testdata};

/// A project small enough to be written down: one layer of two points.
const PROJECT: &str = r#"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis projectname="Farm" version="3.40.0-Bratislava">
  <projectCrs><spatialrefsys><authid>EPSG:4326</authid></spatialrefsys></projectCrs>
  <layer-tree-group><layer-tree-layer id="points" name="points" checked="Qt::Checked" source="./points.geojson" providerKey="ogr"/></layer-tree-group>
  <projectlayers>
    <maplayer type="vector" geometry="Point">
      <id>points</id><datasource>./points.geojson</datasource><layername>points</layername><provider encoding="UTF-8">ogr</provider>
    </maplayer>
  </projectlayers>
</qgis>"#;
const POINTS: &str = r#"{"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"n": 1}, "geometry": {"type": "Point", "coordinates": [8.5, 47.4]}},
  {"type": "Feature", "properties": {"n": 2}, "geometry": {"type": "Point", "coordinates": [8.6, 47.5]}}]}"#;

fn options(cloud: &Cloud) -> WorkerOptions {
    WorkerOptions { image: IMAGE.to_owned(), shutdown_grace: PATIENCE, ..cloud.options("w") }
}

async fn written_down(cloud: &Cloud) -> JobId {
    cloud.job(&[("farm.qgs", PROJECT.as_bytes()), ("points.geojson", POINTS.as_bytes())]).await
}

/// Every file of a folder as a project, with a job for one of them.
async fn from_disk(cloud: &Cloud, folder: &Path, project_file: &str) -> JobId {
    let project = ResourceId(Uuid::now_v7());
    let mut digest = None;
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            let put: Sha256Digest = cloud.put_file(project, name, &std::fs::read(&path).unwrap()).await;
            if name == project_file {
                digest = Some(put);
            }
        }
    }
    cloud.request(project, project_file, digest.unwrap()).await
}

pub async fn nothing_is_left(cloud: &Cloud, engine: &dyn ContainerRuntime) {
    let labels = [("fieldlog.installation".to_owned(), cloud.log.log_id().to_string())].into();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = engine.list(&labels).await.unwrap();
        if left.is_empty() && cloud.directories("w").is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{left:?} {:?}", cloud.directories("w"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn details(cloud: &Cloud, job: JobId) -> Value {
    let feedback = cloud.app.view().job_feedback(job).unwrap().unwrap();
    feedback["outputs"]["project_details"]["project_details"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_project_is_processed_by_qgis() {
    let (cloud, engine) = (Cloud::new().await, docker());
    let sample = tempfile::tempdir().unwrap();
    make_sample(sample.path());
    let job = from_disk(&cloud, sample.path(), "river_survey.qgs").await;
    let worker = Worker::start_with(cloud.app.clone(), engine.clone(), options(&cloud)).await.unwrap();
    let row = cloud.finished(job).await;
    nothing_is_left(&cloud, engine.as_ref()).await;
    worker.shutdown().await;
    let details = details(&cloud, job);
    let layers = details["layers_by_id"].as_object().unwrap();
    assert!(layers.len() >= 3 && layers.values().all(|layer| layer["is_valid"] == true), "{details}");
    assert!(details["extent"].as_str().unwrap().to_uppercase().starts_with("POLYGON"), "{details}");
    let [thumbnail] = &row.outputs[..] else { panic!("{:?}", row.outputs) };
    assert!(thumbnail.name == "thumbnail.png" && thumbnail.size > 500, "{thumbnail:?}");
    assert!(cloud.blob(row.log.unwrap()).await.contains("well-formed"));
    assert_eq!(row.image_digest.unwrap(), engine.image(IMAGE).await.unwrap().digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_that_wait_do_the_same_as_those_that_do_not() {
    let (cloud, engine) = (Cloud::new().await, docker());
    let sample = tempfile::tempdir().unwrap();
    make_sample(sample.path());
    let mut found = vec![];
    for warm in [0, 2] {
        let job = from_disk(&cloud, sample.path(), "river_survey.qgs").await;
        let options = WorkerOptions { warm, ..options(&cloud) };
        let worker = Worker::start_with(cloud.app.clone(), engine.clone(), options).await.unwrap();
        if warm > 0 {
            worker.status().wait_for(|status| status.waiting > 0).await.unwrap();
        }
        let row = cloud.finished(job).await;
        let log = cloud.blob(row.log.unwrap()).await;
        worker.shutdown().await;
        let steps: Vec<_> =
            log.lines().filter(|line| line.starts_with("::<<<::")).map(|line| line[44..].to_owned()).collect();
        found.push((details(&cloud, job), row.outputs, steps));
        nothing_is_left(&cloud, engine.as_ref()).await;
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_a_container_that_waited_is_ended_when_its_own_time_is_up() {
    let (cloud, engine) = (Cloud::new().await, docker());
    let project = written_down(&cloud).await;
    cloud.until(project, |row| row.state == JobState::Requested).await;
    let options = WorkerOptions { warm: 1, timeout: Duration::from_millis(1), ..options(&cloud) };
    let worker = Worker::start_with(cloud.app.clone(), engine.clone(), options).await.unwrap();
    worker.status().wait_for(|status| status.waiting > 0).await.unwrap();
    let late = written_down(&cloud).await;
    for job in [project, late] {
        assert_eq!(cloud.ended(job).await.error.unwrap().kind, JobErrorKind::Timeout);
    }
    worker.shutdown().await;
    nothing_is_left(&cloud, engine.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_project_file_is_told_with_its_line() {
    let (cloud, engine) = (Cloud::new().await, docker());
    let broken = PROJECT.replace("</layer-tree-group>", "</layer-tree-gruop>");
    let job = cloud.job(&[("farm.qgs", broken.as_bytes())]).await;
    let _worker = Worker::start_with(cloud.app.clone(), engine.clone(), options(&cloud)).await.unwrap();
    let row = cloud.ended(job).await;
    let error = row.error.unwrap();
    assert_eq!((row.state, error.kind), (JobState::Failed, JobErrorKind::InvalidProjectFile));
    assert!(error.message.contains("line 4") || error.message.contains("Line 4"), "{}", error.message);
    assert_eq!(error.step.as_deref(), Some("project_validity_check"));
    nothing_is_left(&cloud, engine.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_of_the_test_data_are_processed() {
    let Some(points) = testdata("points") else { return };
    let bees = testdata("bee_farming").unwrap();
    let (cloud, engine) = (Cloud::new().await, docker());
    let points_job = from_disk(&cloud, &points.join("project"), "project.qgs").await;
    let bees_job = from_disk(&cloud, &bees, "simple_bee_farming.qgs").await;
    let broken = std::fs::read(points.join("broken.qgs")).unwrap();
    let broken_job = cloud.job(&[("broken.qgs", &broken)]).await;
    let _worker = Worker::start_with(cloud.app.clone(), engine.clone(), options(&cloud)).await.unwrap();
    for job in [points_job, bees_job] {
        cloud.finished(job).await;
        assert!(!details(&cloud, job)["layers_by_id"].as_object().unwrap().is_empty());
    }
    let error = cloud.ended(broken_job).await.error.unwrap();
    assert_eq!(error.kind, JobErrorKind::InvalidProjectFile);
    assert!(error.message.to_lowercase().contains("line "), "{}", error.message);
    nothing_is_left(&cloud, engine.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_and_memory_are_bounded() {
    let cloud = Cloud::new().await;
    let slow = Arc::new(Instead::python("import time; print('sleeping', flush=True); time.sleep(600)"));
    let job = cloud.small_job().await;
    let limited = WorkerOptions { timeout: Duration::from_secs(2), ..options(&cloud) };
    let worker = Worker::start_with(cloud.app.clone(), slow.clone(), limited).await.unwrap();
    let row = cloud.ended(job).await;
    assert_eq!(row.error.unwrap().kind, JobErrorKind::Timeout);
    assert!(cloud.blob(row.log.unwrap()).await.starts_with("sleeping\n"));
    nothing_is_left(&cloud, slow.as_ref()).await;
    worker.shutdown().await;

    let hungry = Arc::new(Instead::python("x = b'x' * (1 << 30)"));
    let job = cloud.small_job().await;
    let limits = ContainerLimits { memory_bytes: 64 << 20, tmp_bytes: 16 << 20, ..Default::default() };
    let limited = WorkerOptions { limits, ..options(&cloud) };
    let _worker = restart(cloud.app.clone(), hungry.clone(), limited).await;
    let error = cloud.ended(job).await.error.unwrap();
    assert_eq!((error.kind, error.message.contains("64 MiB")), (JobErrorKind::OutOfMemory, true));
    nothing_is_left(&cloud, hungry.as_ref()).await;
}

/// Fills the disk with small files in a folder that it closes.
const GREEDY: &str = r#"
import os, time
os.makedirs('/io/files/a')
for name in range(100_000):
    open(f'/io/files/a/{name}', 'wb').write(b'x' * 100_000)
    if name == 1_000:
        print('a hundred megabytes', flush=True)
        os.chmod('/io/files/a', 0o300)
        time.sleep(600)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_is_bounded() {
    let cloud = Cloud::new().await;
    let greedy = Arc::new(Instead::python(GREEDY));
    let job = cloud.small_job().await;
    let limits = ContainerLimits { disk_bytes: 32 << 20, ..Default::default() };
    let _worker = Worker::start_with(cloud.app.clone(), greedy.clone(), WorkerOptions { limits, ..options(&cloud) })
        .await
        .unwrap();
    let error = cloud.ended(job).await.error.unwrap();
    assert_eq!((error.kind, error.message.contains("32 MiB of disk")), (JobErrorKind::OutOfDisk, true));
    nothing_is_left(&cloud, greedy.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_container_is_gone_at_once() {
    let cloud = Cloud::new().await;
    let slow = Arc::new(Instead::python("import time; time.sleep(600)"));
    let job = cloud.small_job().await;
    let _worker = Worker::start_with(cloud.app.clone(), slow.clone(), options(&cloud)).await.unwrap();
    cloud.until(job, |row| row.state == JobState::Started).await;
    let asked = Instant::now();
    let _ = cancel_job(&cloud.app, &cloud.viewer(), CancelJob { command_id: None, job }).await.unwrap();
    nothing_is_left(&cloud, slow.as_ref()).await;
    assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
    assert_eq!(cloud.row(job).state, JobState::Cancelled);
}

/// What a container leaves that wants to get out of its folder.
const HOSTILE: &str = r#"
import os
os.symlink('/etc/passwd', '/io/feedback.json')
os.symlink('/etc/passwd', '/io/thumbnail.png')
os.makedirs('/io/files/a/b'); os.chmod('/io/files/a', 0)
os.mkfifo('/io/pipe')
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_container_gets_nothing_and_leaves_nothing() {
    let cloud = Cloud::new().await;
    let hostile = Arc::new(Instead::python(HOSTILE));
    let job = cloud.small_job().await;
    let _worker = Worker::start_with(cloud.app.clone(), hostile.clone(), options(&cloud)).await.unwrap();
    let error = cloud.ended(job).await.error.unwrap();
    assert_eq!(error.kind, JobErrorKind::BadFeedback);
    assert!(error.message.contains("plain file"), "{}", error.message);
    nothing_is_left(&cloud, hostile.as_ref()).await;
}

/// Prints a gigabyte, of which the engine keeps a part, and ends well.
const TALKATIVE: &str = r#"
import json, sys
line = "all work and no play makes Jack a dull boy " * 24
for _ in range(1024):
    sys.stdout.write((line + "\n") * 1024)
sys.stdout.write("the end\n")
sys.stdout.flush()
details = {"project_details": {"crs": "EPSG:4326", "layers_by_id": {}}}
json.dump({"outputs": {"project_details": details}}, open("/io/feedback.json", "w"))
"#;

/// What the kernel says of this process's memory, in bytes: `VmRSS` now, `VmHWM` at most.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_prints_without_end_costs_a_bounded_log() {
    let cloud = Cloud::new().await;
    let talkative = Arc::new(Instead::python(TALKATIVE));
    let job = cloud.small_job().await;
    let before = memory("VmRSS");
    let _worker = Worker::start_with(cloud.app.clone(), talkative.clone(), options(&cloud)).await.unwrap();
    let row = cloud.until_within(5 * PATIENCE, job, |row| row.state.is_final()).await;
    assert_eq!(row.state, JobState::Finished, "{:?}", row.error);
    // The worker is in this process.
    let grown = memory("VmHWM") - before;
    assert!(grown < 96 << 20, "the worker took up to {} MiB more", grown >> 20);
    let log = cloud.blob(row.log.unwrap()).await;
    // The engine keeps a part only, and the end of that when the reader falls behind is not certain.
    assert!(log.starts_with("all work and no play") && log.contains("lines left out"), "{} bytes", log.len());
    assert!(log.len() < 12 << 20, "{} bytes", log.len());
    nothing_is_left(&cloud, talkative.as_ref()).await;
}

const CHILD: &str = "FIELDLOG_TEST_WORKER_PROCESS";

/// Not a test: the process that the next test kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "is started by another test"]
async fn worker_process() {
    let Some(dir) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let cloud = Cloud::open(&dir, "child").await;
    let _worker = Worker::start_with(cloud.app.clone(), docker(), options(&cloud)).await.unwrap();
    std::future::pending::<()>().await;
}

fn start_process(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "docker_jobs::worker_process", "--ignored", "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_process_killed_in_the_middle_of_a_job_goes_on_with_it() {
    let (cloud, engine) = (Cloud::new().await, docker());
    let job = written_down(&cloud).await;
    let mut process = start_process(&cloud.dir);
    let started = cloud.until(job, |row| row.state == JobState::Started).await;
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!cloud.row(job).state.is_final(), "it was too quick to be killed");

    let worker = restart(cloud.app.clone(), engine.clone(), options(&cloud)).await;
    let row = cloud.finished(job).await;
    assert_eq!((row.attempt, row.container), (1, started.container), "the same container");
    let log = cloud.blob(row.log.unwrap()).await;
    assert!(log.contains("Processing farm.qgs") && log.contains("well-formed"), "the whole log: {log}");
    let mut names = cloud.event_names(job).await;
    // How many depends on how busy the machine is.
    names.retain(|name| *name != "job_progressed");
    assert_eq!(names, ["job_requested", "job_claimed", "job_started", "lease_renewed", "job_finished"]);
    nothing_is_left(&cloud, engine.as_ref()).await;
    worker.shutdown().await;
    eventually("no process holds the folder", || !cloud.dir.join("w/jobs").join(job.to_string()).exists()).await;
}
