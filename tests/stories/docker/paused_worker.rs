//! A worker that is paused by a signal, and goes on by another one.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::support::client::Client;
use crate::support::docker;
use crate::support::fieldlog::Fieldlog;
use crate::support::packages;
use crate::support::sample::empty_project;
use crate::support::wait::{SHORT, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_worker_claims_nothing_until_it_is_told_to_go_on() {
    docker::ready();
    let fieldlog = Fieldlog::new();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    ana.upload(&project, "river.qgs", empty_project("river")).await;
    ana.revision_is(&project, "READY").await;

    server.signal("USR1");
    until("the worker says that it is drained", SHORT, async || {
        server.trace().contains("the worker is drained").then_some(())
    })
    .await;
    let asked: Value = packages::request(&ana, &project).await.json().await.unwrap();
    // Somebody waits for it, so a worker that is not paused takes it at once; the server does everything else meanwhile.
    for number in 0..50 {
        ana.create_project(&format!("lake-{number}")).await;
        let job = newest_job(&ana, &project).await;
        assert_eq!((job["state"].as_str(), job["attempt"].as_u64()), (Some("REQUESTED"), Some(0)), "{job}");
    }
    assert!(ana.get("/readyz").await.status().is_success());

    let resumed = Utc::now();
    server.signal("USR2");
    let job = ana.job_ended(&project).await;
    assert_eq!((&job["uuid"], &job["state"]), (&asked["id"], &"FINISHED".into()), "{job}");
    let claimed: DateTime<Utc> = newest_job(&ana, &project).await["claimedAt"].as_str().unwrap().parse().unwrap();
    assert!(claimed >= resumed, "it was claimed at {claimed}, and the worker went on at {resumed}");
    assert!(server.trace().contains("the worker goes on"));
    assert_eq!(server.stop().await.code(), Some(0));
}

async fn newest_job(who: &Client, project: &str) -> Value {
    who.project(project, "jobs(first: 1) { nodes { uuid state attempt claimedAt } }").await["jobs"]["nodes"][0].clone()
}
