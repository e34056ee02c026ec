//! Commits in databases: in the log before they are made, and known to whoever does the same edits again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fieldlog_domain::job::{DatabaseCommit, JobErrorKind, JobEvent, JobState};
use fieldlog_domain::{JobId, ResourceId};
use fieldlog_worker::WorkerHandle;
use fieldlog_worker::containers::fake::{Act, FakeRuntime, Gate};
use fieldlog_worker::containers::{ContainerId, ContainerRuntime, ContainerSpec};
use serde_json::{Value, json};

use crate::cloud::{Cloud, eventually};
use crate::crashes::{kill, restart};
use crate::field_day::{applies, edit};
use crate::script::{act, engine};

/// What containers find in the folder of commits.
type Seen = Arc<Mutex<Vec<Value>>>;

fn put(io: &Path, number: u32, announcement: &str) {
    let place = io.join("commits").join(format!("{number}.json"));
    std::fs::write(place.with_extension("part"), announcement).unwrap();
    std::fs::rename(place.with_extension("part"), place).unwrap();
}

fn read(io: &Path, name: &str) -> Option<String> {
    std::fs::read_to_string(io.join("commits").join(name)).ok()
}

fn announcement(transaction: &str) -> Value {
    let values = json!({ "attributes": { "note": "password=oak" } });
    let item = json!({ "delta_id": "1", "status": "status_applied", "msg": "user=ana", "after": values });
    json!({ "database": "7446", "transaction": transaction, "outcomes": [item] })
}

/// A container that announces `text` as its first commit, goes on when the gate is open, and then applies its edits if it may.
fn announces(text: String, gate: &Gate, seen: &Seen) -> Vec<Act> {
    let look = {
        let seen = seen.clone();
        act(move |io| {
            let mut earlier: Value = serde_json::from_str(&read(io, "earlier.json").unwrap()).unwrap();
            for commit in earlier["commits"].as_array_mut().unwrap() {
                let outcomes = read(io, commit["outcomes"].as_str().unwrap()).unwrap();
                commit["outcomes"] = serde_json::from_str(&outcomes).unwrap();
            }
            seen.lock().unwrap().push(earlier);
        })
    };
    let announce = act(move |io| put(io, 1, &text));
    let obey = {
        let seen = seen.clone();
        act(move |io| seen.lock().unwrap().push(json!(read(io, "1.answer"))))
    };
    [vec![look, announce, Act::Hold(gate.clone()), obey], applies("status_applied")].concat()
}

/// A container that has announced a commit and has its answer, and waits at the gate.
struct Scene {
    cloud: Cloud,
    gate: Gate,
    seen: Seen,
    engine: FakeRuntime,
    project: ResourceId,
    job: JobId,
}

impl Scene {
    async fn begin(text: &str) -> (Self, WorkerHandle) {
        let (cloud, gate, seen) = (Cloud::new().await, Gate::closed(), Seen::default());
        let engine = engine({
            let (text, gate, seen) = (text.to_owned(), gate.clone(), seen.clone());
            move |_: &ContainerSpec| announces(text.clone(), &gate, &seen)
        });
        let (project, job) = cloud.apply_job(&[edit("oak")]).await;
        let scene = Self { cloud, gate, seen, engine, project, job };
        let worker = scene.worker().await;
        scene.until_answered().await;
        (scene, worker)
    }

    async fn worker(&self) -> WorkerHandle {
        restart(self.cloud.app.clone(), Arc::new(self.engine.clone()), self.cloud.options("w")).await
    }

    fn answer(&self) -> PathBuf {
        self.cloud.dir.join(format!("w/jobs/{}-1/io/commits/1.answer", self.job))
    }

    async fn until_answered(&self) {
        eventually("the commit is answered", || self.answer().exists()).await;
    }

    async fn kill(&self, worker: WorkerHandle) {
        kill(worker, &self.cloud.dir.join("w")).await;
    }

    /// What is in the log, with the attempts.
    async fn announced(&self) -> Vec<(u32, DatabaseCommit)> {
        let commits = self.cloud.events(self.job).await.into_iter().filter_map(|event| match event {
            JobEvent::CommitAnnounced { attempt, commit } => Some((attempt, commit)),
            _ => None,
        });
        commits.collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_in_the_log_before_it_is_made() {
    let (scene, worker) = Scene::begin(&announcement("740").to_string()).await;
    let (attempt, commit) = scene.announced().await.remove(0);
    assert_eq!((attempt, &*commit.database, &*commit.transaction), (1, "7446", "740"));
    let kept: Value = serde_json::from_str(&scene.cloud.blob(commit.outcomes).await).unwrap();
    let values = json!({ "attributes": { "note": "password=oak" } });
    assert_eq!(kept, json!([{ "delta_id": "1", "status": "status_applied", "msg": "user=***", "after": values }]));
    scene.gate.open();
    scene.cloud.finished(scene.job).await;
    assert_eq!(*scene.seen.lock().unwrap(), [json!({ "commits": [] }), json!("go")]);
    assert_eq!(scene.announced().await.len(), 1);
    let known = scene.cloud.app.view().announced_commits(scene.project).unwrap();
    assert_eq!(known, [commit], "until the job is settled");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_attempt_knows_what_the_lost_one_may_have_committed() {
    let (scene, worker) = Scene::begin(&announcement("740").to_string()).await;
    scene.kill(worker).await;
    scene.engine.remove(&ContainerId(scene.engine.containers().remove(0))).await.unwrap();
    scene.gate.open();
    let worker = scene.worker().await;
    assert_eq!(scene.cloud.finished(scene.job).await.attempt, 2);
    let is_told = |seen: &&Value| seen["commits"].as_array().is_some_and(|commits| !commits.is_empty());
    let told = scene.seen.lock().unwrap().iter().find(is_told).cloned().unwrap();
    let commit = &told["commits"][0];
    assert_eq!((&commit["database"], &commit["transaction"]), (&json!("7446"), &json!("740")));
    assert_eq!(commit["outcomes"][0]["delta_id"], "1");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_between_log_and_answer_answers_when_it_is_back() {
    let (scene, worker) = Scene::begin(&announcement("740").to_string()).await;
    scene.kill(worker).await;
    std::fs::remove_file(scene.answer()).unwrap();
    let worker = scene.worker().await;
    scene.until_answered().await;
    scene.gate.open();
    assert_eq!(scene.cloud.finished(scene.job).await.attempt, 1);
    assert_eq!(scene.announced().await.len(), 1, "it was in the log already");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_announcement_is_not_committed() {
    let long = json!({ "database": "7".repeat(201), "transaction": "740", "outcomes": [] }).to_string();
    for text in ["", "[]", r#"{"database": "", "transaction": "1", "outcomes": []}"#, &long] {
        let (scene, worker) = Scene::begin(text).await;
        scene.gate.open();
        scene.cloud.finished(scene.job).await;
        assert_eq!(scene.seen.lock().unwrap()[1], json!("stop"), "{text}");
        assert_eq!(scene.announced().await, []);
        worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_after_a_commit_leaves_it_to_the_next_one() {
    let (scene, worker) = Scene::begin(&announcement("740").to_string()).await;
    let container = ContainerId(scene.engine.containers().remove(0));
    scene.engine.kill(&container).await.unwrap();
    let row = scene.cloud.ended(scene.job).await;
    assert_eq!((row.state, row.error.unwrap().kind), (JobState::Failed, JobErrorKind::ContainerFailed));
    let view = scene.cloud.app.view();
    assert!(view.may_have_committed(scene.job).unwrap());
    assert_eq!(view.announced_commits(scene.project).unwrap().len(), 1);
    worker.shutdown().await;
}
