//! Edits in a container: delta files pushed to a survey of 100,000 features, as long as the container takes to apply them, and the
//! memory it needs.
//!
//! First the real program starts a container for each job, so that all of a container's life is counted, from its start to its
//! exit as Docker tells it, with the start of QGIS; then a container waits with QGIS started, as is usual. Beside that stands the
//! step which applies. Each delta file is pushed to a project of its own, which nobody edited before.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::containers::{self, Lives};
use support::edits::Edits;
use support::figure::{Figure, thousands};
use support::http::Connection;
use support::jobs::Jobs;
use support::latency::{Latencies, ms};
use support::server::Server;
use support::survey::{self, Survey};
use support::{disk, memory};

/// How often each delta file is applied.
const ROUNDS: usize = 3;
/// So much more memory twice as many edits may need: they are read as a whole, and so is what came of them.
const FLAT: f64 = 1.25;

fn main() {
    if !containers::has_image() {
        return Figure::skipped("edits: 1,000 creates", "< 2 s", containers::NEEDED);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let data = disk::scratch("edits");
    disk::copy(&seed::Seed::SMALL.folder().await, data.path());
    Survey::POINTS.folder();
    let server = Server::start(data.path(), &["--worker-slots", "1", "--worker-warm", "0"]);
    let jobs = Jobs::follow(server.address, data.path()).await;
    let mut bench = Bench { jobs, lives: Lives::watch(), is_warm: false, projects: 0 };

    let creates = bench.rounds(|project| Edits::creates(project, 1_000)).await;
    creates.figure("edits: 1,000 creates in one delta file, cold", Some(2)).print();
    let half = bench.rounds(|project| Edits::mixed(project, 10_000, 1)).await;
    half.figure("edits: 10,000 creates, patches and deletes, cold", None).print();
    let all = bench.rounds(|project| Edits::mixed(project, 20_000, 1)).await;
    all.figure("edits: 20,000 creates, patches and deletes, cold", Some(20)).print();
    Figure::new("edits: peak memory of the container, 20,000", "flat", format!("{:.0} MB", all.peak_mb))
        .ratio(format!("{:.0} MB with 10,000, {:.0} MB with 1,000", half.peak_mb, creates.peak_mb))
        .reached(all.peak_mb < half.peak_mb * FLAT)
        .print();
    Figure::new("edits: push of 20,000 acknowledged", "–", format!("p50 {}", ms(all.pushed.p50())))
        .ratio(format!("{} for 1,000", ms(creates.pushed.p50())))
        .print();
    drop(server);

    let server = Server::start(data.path(), &["--worker-slots", "1", "--worker-warm", "1"]);
    (bench.jobs.address, bench.is_warm) = (server.address, true);
    let creates = bench.rounds(|project| Edits::creates(project, 1_000)).await;
    creates.figure("edits: 1,000 creates in one delta file, warm", Some(2)).print();
    let all = bench.rounds(|project| Edits::mixed(project, 20_000, 1)).await;
    all.figure("edits: 20,000 creates, patches and deletes, warm", Some(20)).print();
}

struct Bench {
    jobs: Jobs,
    lives: Lives,
    /// Whether a container waits for each job.
    is_warm: bool,
    projects: usize,
}

/// What the rounds with one kind of delta file took.
struct Rounds {
    edits: u64,
    container: Latencies,
    step: Latencies,
    whole: Latencies,
    pushed: Latencies,
    peak_mb: f64,
}

struct Round {
    /// From the container's start to its exit; of one that waited from its order to the job's end, which is a little later.
    container: Duration,
    step: Duration,
    whole: Duration,
    pushed: Duration,
    peak_mb: Option<f64>,
}

impl Bench {
    async fn rounds(&mut self, edits: impl Fn(&str) -> Edits) -> Rounds {
        let (mut rounds, mut count) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            self.projects += 1;
            let project = self.jobs.project(&format!("survey-{}", self.projects), &Survey::POINTS.folder()).await;
            let edits = edits(&project);
            count = edits.count;
            rounds.push(self.round(&project, &edits).await);
        }
        let of = |what: fn(&Round) -> Duration| rounds.iter().map(what).collect();
        Rounds {
            edits: count,
            container: of(|round| round.container),
            step: of(|round| round.step),
            whole: of(|round| round.whole),
            pushed: of(|round| round.pushed),
            peak_mb: rounds.iter().filter_map(|round| round.peak_mb).fold(0.0, f64::max),
        }
    }

    async fn round(&mut self, project: &str, edits: &Edits) -> Round {
        self.jobs.quiet().await;
        if self.is_warm {
            containers::until_warm().await;
        }
        let ended = Arc::new(AtomicBool::new(false));
        let watch = (project.to_owned(), Arc::clone(&ended));
        // A container that waits does not say in its command line for whom.
        let watch = move || memory::peak_of_command_mb("python3", &watch.0, &watch.1);
        let memory = (!self.is_warm).then(|| std::thread::spawn(watch));
        let mut connection = Connection::open(self.jobs.address, seed::TOKEN).unwrap();
        let (began, mut answer) = (Instant::now(), Vec::new());
        let path = format!("/api/v1/deltas/{project}/");
        let status = connection.post_file(&path, edits.json.as_bytes(), &mut answer).unwrap();
        let pushed = began.elapsed();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        let job = self.jobs.next("apply_deltas").await;
        let container = match self.is_warm {
            true => job.finished - job.started,
            false => self.lives.of(&job.id).await.took(),
        };
        ended.store(true, Ordering::Relaxed);
        let peak_mb = memory.and_then(|memory| memory.join().unwrap());
        self.check(&mut connection, project, edits).await;
        let feedback = self.jobs.feedback(&job.id);
        let steps = feedback["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["id"] == "apply_deltas").unwrap()["seconds"].as_f64().unwrap();
        Round {
            container: container.to_std().unwrap(),
            step: Duration::from_secs_f64(step),
            whole: (job.finished - job.requested).to_std().unwrap(),
            pushed,
            peak_mb,
        }
    }

    /// Every edit is in the data, and did not have to be forced.
    async fn check(&mut self, connection: &mut Connection, project: &str, edits: &Edits) {
        self.jobs.quiet().await;
        let mut answer = Vec::new();
        let path = format!("/api/v1/deltas/{project}/{}/", edits.id);
        assert_eq!(connection.ask(&path, &mut answer).unwrap(), 200);
        let deltas: Vec<Value> = serde_json::from_slice(&answer).unwrap();
        let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
        for delta in &deltas {
            *statuses.entry(delta["status"].as_str().unwrap()).or_default() += 1;
        }
        assert_eq!(statuses, BTreeMap::from([("STATUS_APPLIED", edits.count)]));
        let forced = deltas.iter().filter(|delta| delta["output"].as_str().unwrap().contains("Overwritten"));
        assert_eq!(forced.count(), 0);
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join(survey::DATA);
        assert_eq!(connection.get(&format!("/api/v1/files/{project}/{}/", survey::DATA), &data).unwrap(), 200);
        assert_eq!(survey::count(&data), edits.applied_to(Survey::POINTS.features));
    }
}

impl Rounds {
    fn figure(&self, name: &str, seconds: Option<u64>) -> Figure {
        let (container, step, whole) = (self.container.p50(), self.step.p50(), self.whole.p50());
        let rate = thousands(self.edits as f64 / step.as_secs_f64());
        let measured = format!("p50 {}, worst {}", ms(container), ms(self.container.worst()));
        let beside = format!("{} in the step that applies, {rate}/s; the whole job {}", ms(step), ms(whole));
        let target = seconds.map_or_else(|| "–".to_owned(), |seconds| format!("< {seconds} s in the container"));
        let figure = Figure::new(name, target, measured).ratio(beside);
        match seconds {
            Some(seconds) => figure.reached(container < Duration::from_secs(seconds)),
            None => figure,
        }
    }
}
