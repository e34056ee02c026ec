//! What Fieldlog adds to a container: from the request of a job to the call of Docker, from the container's exit to the
//! job's end, beside what `docker run` of `true` takes in the same image.
//!
//! The real program with one slot runs the project file of the sample, again and again; first with a container for each job, then
//! with one that waits; then it packages the bee project of the test data. A socket in front of Docker's notes
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
    let docker = docker_alone();
    let beside = format!("beside `docker run true`: {}", ms(docker.p50()));
    let (exits, mut listening) = exits();
    let log: Arc<dyn EventLog> = SqliteLog::open(data.path().join("log.sqlite"), SqliteOptions::default()).unwrap();

    let start = |warm| {
        let arguments = ["--worker-slots", "1", "--worker-warm", warm, "--docker"];
        let docker = format!("unix://{}", socket.display());
        Server::start(data.path(), &[&arguments[..], &[docker.as_str()]].concat())
    };
    let server = start("0");
    let mut bench = Bench { address: server.address, log: &log, after: log.head().await.unwrap() };
    let project = bench.project("bench", sample).await;
    let (mut before_docker, mut after_exit, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..JOBS {
        let job = bench.job(&project, "process_projectfile").await;
        before_docker.push(asked.lock()[&job.id] - job.requested);
        after_exit.push(job.finished - exit_of(&exits, &job.id).await);
        whole.push(job.finished - job.requested);
    }
    drop(server);
    let (before_docker, after_exit, whole) = (sorted(before_docker), sorted(after_exit), sorted(whole));
    for (name, target, times) in [(BEFORE, 20, &before_docker), (AFTER, 50, &after_exit)] {
        below(name, target, times, &beside);
    }
    Figure::new("jobs: a whole job, cold", "–", format!("p50 {}", ms(whole.p50()))).ratio(&beside).print();
    let cold = whole.p50();

    let server = start("1");
    bench.address = server.address;
    let (mut to_order, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..JOBS {
        until_warm().await;
        let job = bench.job(&project, "process_projectfile").await;
        to_order.push(job.started - job.requested);
        whole.push(job.finished - job.requested);
    }
    let (to_order, whole) = (sorted(to_order), sorted(whole));
    let beside_cold = format!("{:.2} of {} cold", whole.p50().as_secs_f64() / cold.as_secs_f64(), ms(cold));
    below("jobs: request to the order in a waiting container's hands", 50, &to_order, &beside);
    Figure::new("jobs: a whole job, warm", "–", format!("p50 {}", ms(whole.p50()))).ratio(beside_cold).print();
    waiting_memory();
    let bees = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/testdata/bee_farming");
    match bees.is_dir() {
        true => packages(&mut bench, &bees).await,
        false => Figure::skipped(PACKAGE, "p50 < 1,000 ms", "needs ../shared/testdata/bee_farming"),
    }
    drop(server);
    listening.kill().ok();
    listening.wait().ok();
}

const PACKAGE: &str = "jobs: package of the bee project, request to finished, warm";

async fn packages(bench: &mut Bench<'_>, bees: &Path) {
    let project = bench.project("bees", bees).await;
    let mut whole = Vec::new();
    for _ in 0..JOBS / 2 {
        until_warm().await;
        let job = bench.job(&project, "package").await;
        whole.push(job.finished - job.requested);
    }
    let whole = sorted(whole);
    below(PACKAGE, 1_000, &whole, "7.7 s in a QFieldCloud on such a machine");
    let again = (0..JOBS).map(|_| {
        let began = Instant::now();
        bench.ask(&project, "package", false);
        began.elapsed()
    });
    let again: Latencies = again.collect();
    below("jobs: the same package again", 100, &again, &format!("{} anew", ms(whole.p50())));
}

fn below(name: &str, target: u64, times: &Latencies, beside: &str) {
    let measured = format!("p50 {}, worst {}", ms(times.p50()), ms(times.worst()));
    let figure = Figure::new(name, format!("p50 < {target} ms"), measured).ratio(beside);
    figure.reached(times.p50() < Duration::from_millis(target)).print();
}

/// Until a container waits, with QGIS started: it takes as long as a job that starts cold.
async fn until_warm() {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen: Option<Instant> = None;
    loop {
        let output = Command::new("docker").args(["ps", "-q", "--filter", "name=fieldlog-warm-"]).output().unwrap();
        match (output.stdout.is_empty(), seen) {
            (true, _) => seen = None,
            (false, None) => seen = Some(Instant::now()),
            (false, Some(since)) if since.elapsed() > Duration::from_secs(4) => return,
            (false, Some(_)) => {}
        }
        assert!(Instant::now() < deadline, "expected a container to wait within a minute");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the engine says a waiting container needs, without the pages of files that the kernel may drop.
fn waiting_memory() {
    let format = ["stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"];
    let said = String::from_utf8(Command::new("docker").args(format).output().unwrap().stdout).unwrap();
    let usage = said.lines().find(|line| line.starts_with("fieldlog-warm-")).and_then(|line| line.split(' ').nth(1));
    let mebibytes: Option<f64> = usage.and_then(|usage| usage.strip_suffix("MiB")?.parse().ok());
    match mebibytes {
        Some(used) => Figure::new("jobs: memory of a waiting container", "≤ 72 MiB", format!("{used:.0} MiB"))
            .reached(used <= 72.0)
            .print(),
        None => Figure::skipped("jobs: memory of a waiting container", "≤ 72 MiB", "the engine did not say"),
    }
}

/// A server and its log.
struct Bench<'a> {
    address: std::net::SocketAddr,
    log: &'a Arc<dyn EventLog>,
    after: Position,
}

/// A job that finished.
struct Job {
    id: String,
    requested: DateTime<Utc>,
    started: DateTime<Utc>,
    finished: DateTime<Utc>,
}

impl Bench<'_> {
    /// A project with the files of a folder, which QGIS has looked at.
    async fn project(&mut self, name: &str, folder: &Path) -> String {
        let project = create_project(self.address, name);
        upload_all(self.address, &format!("/files/{project}"), folder);
        self.finished(None).await;
        project
    }

    /// Asks for a job; answers its id.
    fn ask(&self, project: &str, kind: &str, force: bool) -> String {
        let request = serde_json::json!({ "project_id": project, "type": kind, "force": force }).to_string();
        let mut answer = Vec::new();
        let mut connection = Connection::open(self.address, seed::TOKEN).unwrap();
        let status = connection.post("/api/v1/jobs/", &request, &mut answer).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        assert!(matches!(status, 200 | 201), "{status} {answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn job(&mut self, project: &str, kind: &str) -> Job {
        self.after = self.log.head().await.unwrap();
        let id = self.ask(project, kind, true);
        self.finished(Some(&id)).await
    }

    /// The job with this id, or the next one, when it has finished.
    async fn finished(&mut self, id: Option<&str>) -> Job {
        let (deadline, mut times) = (Instant::now() + Duration::from_secs(120), HashMap::new());
        loop {
            for event in self.log.read_feed(self.after, 100).await.unwrap() {
                self.after = event.position;
                let RecordedEvent { stream, event_type, metadata: _, .. } = &event;
                if id.is_some_and(|id| stream.id != id) {
                    continue;
                }
                times.insert((stream.id.clone(), event_type.clone()), event.recorded_at);
                if event_type == "job_failed" {
                    panic!("expected a job that finishes, found {}", event.payload);
                }
                if event_type == "job_finished" {
                    let at = |what: &str| times[&(stream.id.clone(), what.to_owned())];
                    let (requested, started) = (at("job_requested"), at("job_started"));
                    return Job { id: stream.id.clone(), requested, started, finished: event.recorded_at };
                }
            }
            assert!(Instant::now() < deadline, "expected the job to finish within two minutes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A project of the bench's own: those of the seed have files whose bytes nobody ever had.
fn create_project(address: std::net::SocketAddr, name: &str) -> String {
    let mutation = format!(
        "mutation {{ createProject(input: {{name: \"{name}\"}}) {{ ... on ProjectCreated {{ project {{ uuid }} }} }} }}"
    );
    let (body, mut answer) = (serde_json::json!({ "query": mutation }).to_string(), Vec::new());
    let mut connection = Connection::open(address, seed::TOKEN).unwrap();
    let status = connection.post("/graphql", &body, &mut answer).unwrap();
    assert_eq!(status, 200);
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let project = answer["data"]["createProject"]["project"]["uuid"].as_str();
    project.unwrap_or_else(|| panic!("expected a project, found {answer}")).to_owned()
}

/// Uploads a folder, its project file last: that requests the first job.
fn upload_all(address: std::net::SocketAddr, folder: &str, sample: &Path) {
    let mut files = Vec::new();
    find(sample, sample, &mut files);
    let is_project = |path: &String| path.ends_with(".qgz") || path.ends_with(".qgs");
    let project_file = files.iter().find(|path| is_project(path)).expect("the sample has a project file").clone();
    for path in files.iter().filter(|path| !is_project(path)).chain([&project_file]) {
        put(address, folder, sample, path);
    }
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
            // `fieldlog-<job>-<attempt>`
            let name = event["Actor"]["Attributes"]["name"].as_str().unwrap_or_default();
            let job = name.trim_start_matches("fieldlog-").rsplit_once('-').map(|(job, _)| job).unwrap_or_default();
            let job = job.to_owned();
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
