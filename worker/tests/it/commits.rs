//! Commits in databases: in the log before they are made, and known to whoever does the same edits again.

use std::path::Path;
use std::sync::{Arc, Mutex};

use fieldlog_domain::JobId;
use fieldlog_domain::job::{DatabaseCommit, JobErrorKind, JobEvent, JobState};
use fieldlog_worker::containers::fake::{Act, FakeRuntime, Gate};
use fieldlog_worker::containers::{ContainerId, ContainerRuntime, ContainerSpec};
use serde_json::{Value, json};

use crate::cloud::{Cloud, eventually};
use crate::crashes::{kill, restart};
use crate::field_day::{applies, edit};
use crate::script::{act, end, engine};

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

fn scripted(text: String, gate: &Gate, seen: &Seen) -> FakeRuntime {
    let (gate, seen) = (gate.clone(), seen.clone());
    engine(move |_: &ContainerSpec| announces(text.clone(), &gate, &seen))
}

async fn announced(cloud: &Cloud, job: JobId) -> Vec<(u32, DatabaseCommit)> {
    let commits = cloud.events(job).await.into_iter().filter_map(|event| match event {
        JobEvent::CommitAnnounced { attempt, commit } => Some((attempt, commit)),
        _ => None,
    });
    commits.collect()
}

async fn until_answered(cloud: &Cloud, attempt: &str) {
    let answer = cloud.dir.join("w/jobs").join(attempt).join("io/commits/1.answer");
    eventually("the commit is answered", || answer.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_in_the_log_before_it_is_made() {
    let cloud = Cloud::new().await;
    let (gate, seen) = (Gate::closed(), Seen::default());
    let engine = scripted(announcement("740").to_string(), &gate, &seen);
    let (project, job) = cloud.apply_job(&[edit("oak")]).await;
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    until_answered(&cloud, &format!("{job}-1")).await;
    let (attempt, commit) = announced(&cloud, job).await.remove(0);
    assert_eq!((attempt, &*commit.database, &*commit.transaction), (1, "7446", "740"));
    let kept: Value = serde_json::from_str(&cloud.blob(commit.outcomes).await).unwrap();
    let values = json!({ "attributes": { "note": "password=oak" } });
    assert_eq!(kept, json!([{ "delta_id": "1", "status": "status_applied", "msg": "user=***", "after": values }]));
    gate.open();
    cloud.finished(job).await;
    assert_eq!(*seen.lock().unwrap(), [json!({ "commits": [] }), json!("go")]);
    assert_eq!(announced(&cloud, job).await.len(), 1);
    assert_eq!(cloud.app.view().announced_commits(project).unwrap(), [commit], "until the job is settled");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_attempt_knows_what_the_lost_one_may_have_committed() {
    let cloud = Cloud::new().await;
    let (gate, seen) = (Gate::closed(), Seen::default());
    let engine = scripted(announcement("740").to_string(), &gate, &seen);
    let (_, job) = cloud.apply_job(&[edit("oak")]).await;
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    until_answered(&cloud, &format!("{job}-1")).await;
    kill(worker, &cloud.dir.join("w")).await;
    engine.remove(&ContainerId(engine.containers().remove(0))).await.unwrap();
    gate.open();
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    assert_eq!(cloud.finished(job).await.attempt, 2);
    let told = seen.lock().unwrap().iter().find(|seen| **seen != json!({ "commits": [] }) && seen.is_object()).cloned();
    let commit = &told.unwrap()["commits"][0];
    assert_eq!((&commit["database"], &commit["transaction"]), (&json!("7446"), &json!("740")));
    assert_eq!(commit["outcomes"][0]["delta_id"], "1");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_between_log_and_answer_answers_when_it_is_back() {
    let cloud = Cloud::new().await;
    let (gate, seen) = (Gate::closed(), Seen::default());
    let engine = scripted(announcement("740").to_string(), &gate, &seen);
    let (_, job) = cloud.apply_job(&[edit("oak")]).await;
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    until_answered(&cloud, &format!("{job}-1")).await;
    kill(worker, &cloud.dir.join("w")).await;
    std::fs::remove_file(cloud.dir.join(format!("w/jobs/{job}-1/io/commits/1.answer"))).unwrap();
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    until_answered(&cloud, &format!("{job}-1")).await;
    gate.open();
    assert_eq!(cloud.finished(job).await.attempt, 1);
    assert_eq!(announced(&cloud, job).await.len(), 1, "it was in the log already");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_announcement_is_not_committed() {
    let cloud = Cloud::new().await;
    let long = json!({ "database": "7".repeat(201), "transaction": "740", "outcomes": [] }).to_string();
    for text in ["", "[]", r#"{"database": "", "transaction": "1", "outcomes": []}"#, &long] {
        let (gate, seen) = (Gate::closed(), Seen::default());
        let engine = scripted(text.to_owned(), &gate, &seen);
        let (_, job) = cloud.apply_job(&[edit("oak")]).await;
        let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
        until_answered(&cloud, &format!("{job}-1")).await;
        gate.open();
        cloud.finished(job).await;
        assert_eq!(seen.lock().unwrap()[1], json!("stop"), "{text}");
        assert_eq!(announced(&cloud, job).await, []);
        worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_after_a_commit_leaves_it_to_the_next_one() {
    let cloud = Cloud::new().await;
    let (gate, seen) = (Gate::closed(), Seen::default());
    let engine = engine({
        let (gate, seen) = (gate.clone(), seen.clone());
        move |_: &ContainerSpec| {
            let announces = announces(announcement("740").to_string(), &gate, &seen);
            [announces.into_iter().take(4).collect(), vec![end(7)]].concat()
        }
    });
    let (project, job) = cloud.apply_job(&[edit("oak")]).await;
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await;
    until_answered(&cloud, &format!("{job}-1")).await;
    gate.open();
    let row = cloud.ended(job).await;
    assert_eq!((row.state, row.error.unwrap().kind), (JobState::Failed, JobErrorKind::ContainerFailed));
    let view = cloud.app.view();
    assert!(view.may_have_committed(job).unwrap());
    assert_eq!(view.announced_commits(project).unwrap().len(), 1);
    worker.shutdown().await;
}
