//! What Fieldlog adds to a container: from the request of a job to the call of Docker, from the container's exit to the
//! job's end, beside what `docker run` of `true` takes in the same image.
//!
//! The real program with one slot runs the project file of the sample, again and again; first with a container for each job, then
//! with one that waits; then it packages the bee project of the test data. A socket in front of Docker's notes
//! when a container is asked for; Docker says itself when it exited; the log says the rest. All of them have one clock.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use support::containers::{self, IMAGE, Lives, until_warm};
use support::figure::Figure;
use support::jobs::Jobs;
use support::latency::{Latencies, ms};
use support::server::Server;
use support::{disk, docker_proxy};

const JOBS: usize = 20;
const BEFORE: &str = "jobs: request's receipt to the call of Docker";
const AFTER: &str = "jobs: container's exit to JobFinished";

fn main() {
    let sample = sample();
    if !containers::has_image() || !sample.is_dir() {
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
    let lives = Lives::watch();

    let start = |warm| {
        let arguments = ["--worker-slots", "1", "--worker-warm", warm, "--docker"];
        let docker = format!("unix://{}", socket.display());
        Server::start(data.path(), &[&arguments[..], &[docker.as_str()]].concat())
    };
    let server = start("0");
    let mut jobs = Jobs::follow(server.address, data.path()).await;
    let project = jobs.project("bench", sample).await;
    let (mut before_docker, mut after_exit, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..JOBS {
        let job = jobs.run(&project, "process_projectfile").await;
        before_docker.push(asked.lock()[&job.id] - job.requested);
        after_exit.push(job.finished - lives.of(&job.id).await.ended);
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
    jobs.address = server.address;
    let (mut to_order, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..JOBS {
        until_warm().await;
        let job = jobs.run(&project, "process_projectfile").await;
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
        true => packages(&mut jobs, &bees).await,
        false => Figure::skipped(PACKAGE, "p50 < 1,000 ms", "needs ../shared/testdata/bee_farming"),
    }
}

const PACKAGE: &str = "jobs: package of the bee project, request to finished, warm";

async fn packages(jobs: &mut Jobs, bees: &Path) {
    let project = jobs.project("bees", bees).await;
    let mut whole = Vec::new();
    for _ in 0..JOBS / 2 {
        until_warm().await;
        let job = jobs.run(&project, "package").await;
        whole.push(job.finished - job.requested);
    }
    let whole = sorted(whole);
    below(PACKAGE, 1_000, &whole, "7.7 s in a QFieldCloud on such a machine");
    let again = (0..JOBS).map(|_| {
        let began = Instant::now();
        jobs.ask(&project, "package", false);
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
