//! Two gateways and two workers over one PostgreSQL and one S3, which both go away for a while.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::client::Client;
use crate::support::docker::{self, containers_of};
use crate::support::fieldlog::{Fieldlog, Server};
use crate::support::postgres::Postgres;
use crate::support::s3::Ceph;
use crate::support::sample::{self, empty_project};
use crate::support::wait::{LONG, until};

/// A folder for each process: its read models and job directories; log, vault, storage and master key are shared.
async fn node(cluster: &Cluster, role: &str) -> (Fieldlog, Server) {
    let mut fieldlog = Fieldlog::new()
        .with("FIELDLOG_LOG", &cluster.postgres.url)
        .with("FIELDLOG_MASTER_KEY_FILE", cluster.key.path().join("master.key").to_str().unwrap());
    for (name, value) in &cluster.ceph.variables {
        fieldlog = fieldlog.with(name, value);
    }
    let server = fieldlog.start([role, "--listen", "127.0.0.1:0"]).await;
    (fieldlog, server)
}

struct Cluster {
    postgres: Postgres,
    ceph: Ceph,
    key: tempfile::TempDir,
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_and_workers_share_a_log_and_outlive_its_outages() {
    docker::ready();
    let cluster = Cluster { postgres: Postgres::start(), ceph: Ceph::start(), key: tempfile::tempdir().unwrap() };
    let (_one, first) = node(&cluster, "gateway").await;
    let (_two, second) = node(&cluster, "gateway").await;
    let (_three, worker) = node(&cluster, "worker").await;
    let (_four, other_worker) = node(&cluster, "worker").await;

    // What is done at one gateway is there at the other.
    let ana = first.client().register("ana").await;
    let there = ana.at(&second.url());
    there.reach(ana.position().await).await;
    let projects =
        [ana.create_project("river").await, ana.create_project("lake").await, ana.create_project("sea").await];
    for project in &projects {
        for (path, bytes) in sample::river_survey() {
            ana.upload(project, &path, bytes).await;
        }
    }
    for project in &projects {
        runs_once(&there, project).await;
    }

    // PostgreSQL is away.
    cluster.postgres.stop();
    until("the gateways say that the log is away", LONG, async || {
        let (one, two) = (ana.get("/readyz").await.status(), there.get("/readyz").await.status());
        ([one, two] == [StatusCode::SERVICE_UNAVAILABLE; 2]).then_some(())
    })
    .await;
    assert_eq!(ana.get("/healthz").await.status(), StatusCode::OK);
    let refused = ana.put(&projects[0], "notes.txt", "while the log is away").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let answer = ana.try_mutate("createProject", json!({ "name": "away" }), "").await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    // What was there is still read from the model of each node.
    assert_eq!(ana.project(&projects[0], "name").await["name"], "river");
    cluster.postgres.start_again();
    works_again(&ana, &there, "after-postgres").await;

    // S3 is away.
    cluster.ceph.stop();
    let bytes = "while the storage is away";
    let refused = ana.put(&projects[0], "notes.txt", bytes).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text().await.unwrap());
    assert_eq!(ana.get(&format!("/files/{}/notes.txt", projects[0])).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ana.outcome("createProject", json!({ "name": "needs-no-files" })).await, "ProjectCreated");
    cluster.ceph.start_again();
    works_again(&ana, &there, "after-s3").await;
    ana.upload(&projects[0], "notes.txt", bytes).await;

    // Nothing that was acknowledged is lost.
    for (path, bytes) in sample::river_survey() {
        assert_eq!(there.download(&projects[0], &path).await, bytes, "{path}");
    }
    for server in [first, second, worker, other_worker] {
        assert_eq!(server.stop().await.code(), Some(0));
    }
}

async fn runs_once(ana: &Client, project: &str) {
    let job = ana.job_ended(project).await;
    assert_eq!(job["state"], "FINISHED", "{job}");
    ana.revision_is(project, "READY").await;
    let types = ana.event_types(project).await;
    for once in ["job_requested", "job_claimed", "job_started", "job_finished", "revision_ready"] {
        assert_eq!(types.iter().filter(|found| *found == once).count(), 1, "{once} in {types:?}");
    }
    until("no container is left", LONG, async || containers_of(ana, project).await.is_empty().then_some(())).await;
}

/// Commands, uploads, jobs: without a restart of anything.
async fn works_again(ana: &Client, there: &Client, name: &str) {
    until("everything is ready again", LONG, async || {
        let (one, two) = (ana.get("/readyz").await.status(), there.get("/readyz").await.status());
        ([one, two] == [StatusCode::OK; 2]).then_some(())
    })
    .await;
    let project = ana.create_project(name).await;
    ana.upload(&project, "project.qgs", empty_project(name)).await;
    there.reach(ana.position().await).await;
    let job = there.job_ended(&project).await;
    assert_eq!(job["state"], "FINISHED", "{job}");
    there.revision_is(&project, "READY").await;
}
