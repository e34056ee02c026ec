//! Many jobs, workers that are killed again and again, and an engine that comes and goes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fieldlog_commands::App;
use fieldlog_domain::job::{JobKind, JobState};
use fieldlog_domain::{JobId, ResourceId};
use fieldlog_worker::WorkerOptions;
use fieldlog_worker::containers::ContainerSpec;
use fieldlog_worker::containers::fake::{Act, FakeRuntime};
use tokio::sync::watch;
use uuid::Uuid;

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::crashes::{kill, restart};
use crate::field_day::{applies, edit, packages};
use crate::script::{engine, good};

const PROJECTS: usize = 200;
/// On each: two looks, two packages, edits.
const JOBS: usize = 5 * PROJECTS;

/// Does what its job asks for, after a while.
fn work(spec: &ContainerSpec) -> Vec<Act> {
    let mut acts = vec![Act::Take(Duration::from_millis(rand::random_range(0..8)))];
    acts.extend(match spec.command[2].as_str() {
        "package" => packages(),
        "apply_deltas" => applies("status_applied"),
        _ => good(),
    });
    acts
}

async fn ask(cloud: &Cloud) -> Vec<JobId> {
    let mut jobs = vec![];
    for _ in 0..PROJECTS {
        let project = ResourceId(Uuid::now_v7());
        cloud.register(project).await;
        let digest = cloud.put_file(project, "farm.qgs", b"<qgis/>").await;
        cloud.put_file(project, "data/bees.gpkg", b"bees").await;
        cloud.push(project, &[edit("oak"), edit("elm")]).await;
        for kind in [JobKind::ProcessProjectFile, JobKind::Package, JobKind::ApplyDeltas, JobKind::Package] {
            jobs.push(cloud.request_kind(kind, project, "farm.qgs", digest).await);
        }
        jobs.push(cloud.request(project, "farm.qgs", digest).await);
    }
    jobs
}

/// A worker that is killed at random and started again, until told to stop; then it shuts down.
async fn mortal(app: App, engine: FakeRuntime, options: WorkerOptions, mut stop: watch::Receiver<bool>) -> usize {
    let mut deaths = 0;
    loop {
        let worker = restart(app.clone(), Arc::new(engine.clone()), options.clone()).await;
        let life = Duration::from_millis(rand::random_range(30..600));
        if tokio::time::timeout(life, stop.wait_for(|stop| *stop)).await.is_ok() {
            worker.shutdown().await;
            return deaths;
        }
        kill(worker, &options.dir).await;
        deaths += 1;
    }
}

fn left(dir: &Path) -> usize {
    ["jobs", "warm"].iter().filter_map(|folder| std::fs::read_dir(dir.join(folder)).ok()).map(Iterator::count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_jobs_on_two_mortal_workers_each_end_once_and_leave_nothing() {
    let mut cloud = Cloud::new().await;
    // Only a job's own fault ends it.
    cloud.max_attempts = 1_000;
    let jobs = ask(&cloud).await;
    let engine = engine(work);
    let (stop, stopped) = watch::channel(false);
    let mut workers = vec![];
    for name in ["a", "b"] {
        let app = cloud.node(name, cloud.log.clone()).await;
        let options = WorkerOptions { slots: 8, warm: 2, lease: Duration::from_secs(3), ..cloud.options(name) };
        workers.push(tokio::spawn(mortal(app, engine.clone(), options, stopped.clone())));
    }
    let fate = tokio::spawn({
        let engine = engine.clone();
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(rand::random_range(300..1_500))).await;
                engine.set_up(false);
                tokio::time::sleep(Duration::from_millis(rand::random_range(1..100))).await;
                engine.set_up(true);
            }
        }
    });
    let all_ended = async {
        for job in &jobs {
            cloud.ended(*job).await;
        }
    };
    tokio::time::timeout(5 * PATIENCE, all_ended).await.unwrap();
    fate.abort();
    engine.set_up(true);
    stop.send_replace(true);
    let mut deaths = 0;
    for worker in workers {
        deaths += worker.await.unwrap();
    }
    assert!(deaths > 4, "the workers were killed {deaths} times");

    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    for spec in engine.started().into_iter().filter(|spec| spec.command.last().is_some_and(|last| last != "--wait")) {
        *runs.entry(spec.name).or_default() += 1;
    }
    let twice: Vec<_> = runs.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "an attempt ran more than once: {twice:?}");
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), JOBS);
    for job in jobs {
        assert_eq!(cloud.row(job).state, JobState::Finished, "{:?}", cloud.row(job));
        let ends = cloud.event_names(job).await.into_iter().filter(|name| *name == "job_finished").count();
        assert_eq!(ends, 1);
    }
    // What a killed worker left behind goes at its next start.
    for name in ["a", "b"] {
        let runtime = Arc::new(engine.clone());
        let options = cloud.options(name);
        let dir = options.dir.clone();
        let worker = restart(cloud.app.clone(), runtime, options).await;
        eventually("no directory is left", || left(&dir) == 0).await;
        worker.shutdown().await;
    }
    eventually("no container is left", || engine.containers().is_empty()).await;
}
