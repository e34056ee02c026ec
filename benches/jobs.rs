//! What Fieldlog adds to a container: from the request of a job to the call of Docker, from the container's exit to the
//! job's end, beside what `docker run` of `true` takes in the same image.
//!
//! The real program with one slot runs the project file of the sample, again and again. A socket in front of Docker's notes
//! when a container is asked for; Docker says itself when it exited; the log says the rest. All of them have one clock.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, Position, RecordedEvent};
use parking_lot::Mutex;
use support::figure::Figure;
use support::http::Connection;
use support::latency::{Latencies, ms};
use support::server::Server;
use support::{disk, docker_proxy};

const JOBS: usize = 20;
const IMAGE: &str = "fieldlog-qgis:latest";
const BEFORE: &str = "jobs: request's receipt to the call of Docker";
const AFTER: &str = "jobs: container's exit to JobFinished";

type Exits = Arc<Mutex<HashMap<String, DateTime<Utc>>>>;

fn main() {
    let has_image =
        Command::new("docker").args(["image", "inspect", IMAGE]).output().is_ok_and(|output| output.status.success());
    let sample = sample();
    if !has_image || !sample.is_dir() {
        let why =
            "needs Docker, the image and the sample: scripts/docker-engine, scripts/qgis-image, scripts/make-sample";
        Figure::skipped(BEFORE, "p50 < 20 ms", why);
        Figure::skipped(AFTER, "p50 < 50 ms", why);
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(&sample));
}

fn sample() -> PathBuf {
    let folder = std::env::var_os("FIELDLOG_SAMPLE").map(PathBuf::from);
    folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/sample"))
}

async fn run(sample: &Path) {
    let data = disk::scratch("jobs");
    disk::copy(&seed::Seed::SMALL.folder().await, data.path());
    let sockets = tempfile::tempdir().unwrap();
    let socket = sockets.path().join("docker.sock");
    let asked = docker_proxy::start(&socket, PathBuf::from("/var/run/docker.sock")).unwrap();
    let (exits, mut listening) = exits();
    let server =
        Server::start(data.path(), &["--worker-slots", "1", "--docker", &format!("unix://{}", socket.display())]);
    let log: Arc<dyn EventLog> = SqliteLog::open(data.path().join("log.sqlite"), SqliteOptions::default()).unwrap();

    let address = server.address;
    let folder = format!("/files/{}", create_project(address));
    let mut after = log.head().await.unwrap();
    let project_file = upload_all(address, &folder, sample);
    let (mut before_docker, mut after_exit, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=JOBS {
        if round > 0 {
            put(address, &folder, sample, &project_file);
        }
        let (requested, finished) = one_job(&log, &mut after).await;
        let job = requested.stream.id.clone();
        let exited = exit_of(&exits, &job).await;
        // The first one warms up.
        if round > 0 {
            before_docker.push(asked.lock()[&job] - requested.recorded_at);
            after_exit.push(finished.recorded_at - exited);
            whole.push(finished.recorded_at - requested.recorded_at);
        }
    }
    drop(server);
    listening.kill().ok();
    listening.wait().ok();

    let docker = docker_alone();
    let (before_docker, after_exit, whole) = (sorted(before_docker), sorted(after_exit), sorted(whole));
    let beside = format!("beside `docker run true`: {}", ms(docker.p50()));
    for (name, target, times) in [(BEFORE, 20, &before_docker), (AFTER, 50, &after_exit)] {
        Figure::new(
            name,
            format!("p50 < {target} ms"),
            format!("p50 {}, worst {}", ms(times.p50()), ms(times.worst())),
        )
        .ratio(&beside)
        .reached(times.p50() < Duration::from_millis(target))
        .print();
    }
    Figure::new("jobs: a whole job", "–", format!("p50 {}", ms(whole.p50()))).ratio(beside).print();
}

/// A project of the bench's own: those of the seed have files whose bytes nobody ever had.
fn create_project(address: std::net::SocketAddr) -> String {
    let mutation =
        "mutation { createProject(input: {name: \"bench\"}) { ... on ProjectCreated { project { uuid } } } }";
    let (body, mut answer) = (serde_json::json!({ "query": mutation }).to_string(), Vec::new());
    let mut connection = Connection::open(address, seed::TOKEN).unwrap();
    let status = connection.post("/graphql", &body, &mut answer).unwrap();
    assert_eq!(status, 200);
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let project = answer["data"]["createProject"]["project"]["uuid"].as_str();
    project.unwrap_or_else(|| panic!("expected a project, found {answer}")).to_owned()
}

/// Uploads the sample, its project file last: that requests the first job.
fn upload_all(address: std::net::SocketAddr, folder: &str, sample: &Path) -> String {
    let mut files = Vec::new();
    find(sample, sample, &mut files);
    let is_project = |path: &String| path.ends_with(".qgz") || path.ends_with(".qgs");
    let project_file = files.iter().find(|path| is_project(path)).expect("the sample has a project file").clone();
    for path in files.iter().filter(|path| !is_project(path)).chain([&project_file]) {
        put(address, folder, sample, path);
    }
    project_file
}

fn find(folder: &Path, root: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            find(&entry.path(), root, into);
        } else if !entry.file_name().to_string_lossy().ends_with('~') {
            into.push(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn put(address: std::net::SocketAddr, folder: &str, sample: &Path, path: &str) {
    let mut connection = Connection::open(address, seed::TOKEN).unwrap();
    let (status, body) = connection.put(&format!("{folder}/{path}"), &sample.join(path)).unwrap();
    assert!(matches!(status, 200 | 201), "{path}: {status} {body}");
}

/// The next job from its request to its end.
async fn one_job(log: &Arc<dyn EventLog>, after: &mut Position) -> (RecordedEvent, RecordedEvent) {
    let (deadline, mut requested) = (Instant::now() + Duration::from_secs(120), None);
    loop {
        for event in log.read_feed(*after, 100).await.unwrap() {
            *after = event.position;
            match event.event_type.as_str() {
                "job_requested" => requested = Some(event),
                "job_finished" => return (requested.expect("a job is requested before it is finished"), event),
                "job_failed" | "job_cancelled" => panic!("expected a job that finishes, found {}", event.payload),
                _ => {}
            }
        }
        assert!(Instant::now() < deadline, "expected the job to finish within two minutes");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Docker's own account of when our containers exited.
fn exits() -> (Exits, Child) {
    let mut docker = Command::new("docker")
        .args(["events", "--filter", "event=die", "--filter", "label=app=fieldlog", "--format", "{{json .}}"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let exits = Exits::default();
    let (lines, noted) = (BufReader::new(docker.stdout.take().unwrap()).lines(), Arc::clone(&exits));
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            let job = event["Actor"]["Attributes"]["fieldlog.job"].as_str().unwrap_or_default().to_owned();
            noted.lock().insert(job, DateTime::from_timestamp_nanos(event["timeNano"].as_i64().unwrap()));
        }
    });
    (exits, docker)
}

async fn exit_of(exits: &Exits, job: &str) -> DateTime<Utc> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        if let Some(exited) = exits.lock().get(job) {
            return *exited;
        }
        assert!(Instant::now() < deadline, "expected Docker to tell of the exit of job {job}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn docker_alone() -> Latencies {
    let once = |_| {
        let began = Instant::now();
        let arguments = ["run", "--rm", "--network", "none", "--entrypoint", "true", IMAGE];
        assert!(Command::new("docker").args(arguments).status().unwrap().success());
        began.elapsed()
    };
    (0..JOBS).map(once).collect()
}

fn sorted(times: Vec<TimeDelta>) -> Latencies {
    times.into_iter().map(|time| time.to_std().unwrap_or_default()).collect()
}
