//! A package of 145 MB: what the job takes beside `ogr2ogr`, which only copies the data in the same image and under the same limits.
//!
//! First each job has a container of its own, whose life is told by Docker; then one waits for it, as is usual, and the whole job
//! counts, from the request to its end: the data are staged, converted, hashed and stored.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::containers::{self, IMAGE, Lives};
use support::disk;
use support::figure::Figure;
use support::http::Connection;
use support::jobs::Jobs;
use support::latency::{Latencies, ms};
use support::server::Server;
use support::survey::{self, Survey};

const ROUNDS: usize = 5;
/// So much longer than `ogr2ogr` a package may take.
const TIMES: f64 = 1.5;
const CONTAINER: &str = "package: 180,000 features, 145 MB, in the container";
const WHOLE: &str = "package: 180,000 features, 145 MB, request to finished";
const AGAIN: &str = "package: the same again, unchanged";
const TARGET: &str = "≤ 1.5 times ogr2ogr";

fn main() {
    if !containers::has_image() {
        return Figure::skipped(CONTAINER, TARGET, containers::NEEDED);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let data = disk::scratch("package");
    disk::copy(&seed::Seed::SMALL.folder().await, data.path());
    let survey = Survey::AREAS.folder();
    let lives = Lives::watch();

    let server = Server::start(data.path(), &["--worker-slots", "1", "--worker-warm", "0"]);
    let mut jobs = Jobs::follow(server.address, data.path()).await;
    let project = jobs.project("areas", &survey).await;
    jobs.quiet().await;
    let (mut copies, mut containers) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        copies.push(copy(&survey));
        let job = jobs.run(&project, "package").await;
        containers.push(lives.of(&job.id).await.took().to_std().unwrap());
    }
    drop(server);
    let (copies, containers) = (copies.into_iter().collect(), containers.into_iter().collect());
    beside(CONTAINER, &containers, &copies);

    let server = Server::start(data.path(), &["--worker-slots", "1", "--worker-warm", "1"]);
    jobs.address = server.address;
    let mut whole = Vec::new();
    for _ in 0..ROUNDS {
        containers::until_warm().await;
        let job = jobs.run(&project, "package").await;
        whole.push((job.finished - job.requested).to_std().unwrap());
    }
    check(&jobs, &project);
    let whole = whole.into_iter().collect();
    beside(WHOLE, &whole, &copies);
    let again: Latencies = (0..20).map(|_| ask_again(&jobs, &project)).collect();
    Figure::new(AGAIN, "< 100 ms", format!("p50 {}, worst {}", ms(again.p50()), ms(again.worst())))
        .ratio(format!("{} anew", ms(whole.p50())))
        .reached(again.worst() < Duration::from_millis(100))
        .print();
}

/// All features are in it.
fn check(jobs: &Jobs, project: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.gpkg");
    let mut connection = Connection::open(jobs.address, seed::TOKEN).unwrap();
    assert_eq!(connection.get(&format!("/api/v1/packages/{project}/latest/files/data.gpkg/"), &data).unwrap(), 200);
    assert_eq!(survey::count(&data), Survey::AREAS.features);
}

fn ask_again(jobs: &Jobs, project: &str) -> Duration {
    let began = Instant::now();
    jobs.ask(project, "package", false);
    began.elapsed()
}

/// What `docker run` of `ogr2ogr` takes to copy the data, with a job's limits.
fn copy(survey: &Path) -> Duration {
    let folder = disk::scratch("copy");
    let out = folder.path().canonicalize().unwrap();
    let began = Instant::now();
    let copied = Command::new("docker")
        .args(["run", "--rm", "--init", "--network", "none", "--user", "0:0", "--cpus", "1", "--memory", "1000m"])
        .args(["--volume", &format!("{}:/survey:ro", survey.display()), "--volume", &format!("{}:/out", out.display())])
        .args([IMAGE, "ogr2ogr", "-f", "GPKG", "/out/copy.gpkg", &format!("/survey/{}", survey::DATA)])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let took = began.elapsed();
    assert!(copied.success(), "expected a copy, see above");
    assert_eq!(survey::count(&out.join("copy.gpkg")), Survey::AREAS.features);
    took
}

fn beside(name: &str, times: &Latencies, copies: &Latencies) {
    let ratio = times.p50().as_secs_f64() / copies.p50().as_secs_f64();
    Figure::new(name, TARGET, format!("p50 {}, worst {}", ms(times.p50()), ms(times.worst())))
        .ratio(format!("{ratio:.2} times ogr2ogr's {}", ms(copies.p50())))
        .reached(ratio <= TIMES)
        .print();
}
