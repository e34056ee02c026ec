//! Many jobs on two workers that are killed again and again, as the gateway is.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::types::Value as Cell;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::client::Client;
use crate::support::docker::{self, containers_of, job_directories};
use crate::support::edits::{self, delta, delta_file, push};
use crate::support::fieldlog::{Fieldlog, Server};
use crate::support::packages;
use crate::support::postgres::Postgres;
use crate::support::sample;
use crate::support::wait::{LONG, until};

/// How many projects there are: few, or as many as `FIELDLOG_TEST_PROJECTS` says (`just many-jobs`).
fn projects() -> usize {
    std::env::var("FIELDLOG_TEST_PROJECTS").map_or(5, |many| many.parse().unwrap())
}

/// QGIS looks at it, edits are applied twice, and it is packaged.
const JOBS_OF_A_PROJECT: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn each_job_of_many_ends_once_though_everything_is_killed_again_and_again() {
    docker::ready();
    let cluster = Cluster { postgres: Postgres::start(), shared: tempfile::tempdir().unwrap() };
    let mut gateway = Gateway::start(&cluster).await;
    let ana = gateway.client(&Client::new("")).register("ana").await;
    let (stop, stopped) = watch::channel(false);
    let field_days = async {
        let survey = field_days(&mut gateway, &ana).await;
        stop.send_replace(true);
        survey
    };
    let (one, other) = (cluster.node(), cluster.node());
    let (survey, deaths, more) = tokio::join!(field_days, mortal(&one, stopped.clone()), mortal(&other, stopped));
    assert!(deaths + more > 8, "the workers were killed {deaths} and {more} times");
    assert!(gateway.deaths > 4, "the gateway was killed {} times", gateway.deaths);

    let (mut jobs, ana) = (0, gateway.client(&ana));
    for (project, codes) in &survey {
        jobs += ends_once(&ana, project).await;
        let new = "SELECT code FROM sampling_points WHERE code LIKE 'N%' ORDER BY code";
        let rows = edits::rows(&gateway.fieldlog, &ana, project, new).await;
        assert_eq!(rows, codes.iter().map(|code| vec![Cell::Text(code.clone())]).collect::<Vec<_>>());
        assert_eq!(containers_of(&ana, project).await, [""; 0]);
        assert!(packages::latest(&ana, project).await["files"].as_array().unwrap().len() >= 2);
    }
    println!("{jobs} jobs; the workers were killed {} times, the gateway {} times", deaths + more, gateway.deaths);
    assert!(jobs >= JOBS_OF_A_PROJECT * survey.len(), "{jobs} jobs");
}

/// Projects are uploaded, edited from the field and packaged; which codes were put into which.
async fn field_days(gateway: &mut Gateway, ana: &Client) -> BTreeMap<String, Vec<String>> {
    let mut survey = BTreeMap::new();
    for number in 0..projects() {
        let project = gateway.client(ana).create_project(&format!("river-{number}")).await;
        for (path, bytes) in sample::river_survey() {
            gateway.client(ana).upload(&project, &path, bytes).await;
        }
        survey.insert(project, Vec::new());
        gateway.die_now_and_then(number).await;
    }
    for project in survey.keys() {
        gateway.client(ana).revision_is(project, "READY").await;
    }
    for round in 0..2 {
        for (number, (project, codes)) in survey.iter_mut().enumerate() {
            let code = format!("N{round}");
            let new =
                json!({ "geometry": "Point (691000 5291000)", "attributes": { "code": code, "quality_class": 2 } });
            let file = delta_file(project, &[delta("create", "", json!({ "new": new }))]);
            push(&gateway.client(ana), project, &file).await;
            gateway.die_now_and_then(number).await;
            // The device never learned whether it arrived.
            push(&gateway.client(ana), project, &file).await;
            codes.push(code);
        }
        for project in survey.keys() {
            let settled = edits::settled(&gateway.client(ana), project, "").await;
            assert!(settled.iter().all(|delta| delta["status"] == "APPLIED"), "{settled:#?}");
        }
    }
    for (number, project) in survey.keys().enumerate() {
        assert!(packages::request(&gateway.client(ana), project).await.status().is_success());
        gateway.die_now_and_then(number).await;
    }
    for project in survey.keys() {
        assert_eq!(gateway.client(ana).job_ended(project).await["state"], "FINISHED");
    }
    survey
}

/// Each job that was asked for has come to one end, a good one unless a later upload took its place; says how many were done.
async fn ends_once(ana: &Client, project: &str) -> usize {
    let types = ana.event_types(project).await;
    let count = |wanted: &str| types.iter().filter(|found| *found == wanted).count();
    assert_eq!(
        (count("job_requested"), count("job_failed")),
        (count("job_finished") + count("job_cancelled"), 0),
        "{types:?}"
    );
    let jobs = ana.project(project, "jobs(first: 50) { nodes { state } }").await["jobs"]["nodes"].clone();
    let is_over = |job: &Value| job["state"] == "FINISHED" || job["state"] == "CANCELLED";
    assert!(jobs.as_array().unwrap().iter().all(is_over), "{jobs}");
    count("job_finished")
}

/// What all processes share.
struct Cluster {
    postgres: Postgres,
    shared: tempfile::TempDir,
}

impl Cluster {
    /// A process's own folder, with the rest in common.
    fn node(&self) -> Fieldlog {
        let shared = |name: &str| self.shared.path().join(name).display().to_string();
        Fieldlog::new()
            .with("FIELDLOG_LOG", &self.postgres.url)
            .with("FIELDLOG_STORAGE", format!("file:{}", shared("blobs")))
            .with("FIELDLOG_MASTER_KEY_FILE", shared("master.key"))
            .with("FIELDLOG_WORKER_SLOTS", "2")
    }
}

const GATEWAY: [&str; 3] = ["gateway", "--listen", "127.0.0.1:0"];

struct Gateway {
    fieldlog: Fieldlog,
    server: Option<Server>,
    deaths: usize,
}

impl Gateway {
    async fn start(cluster: &Cluster) -> Self {
        let fieldlog = cluster.node();
        let server = Some(fieldlog.start(GATEWAY).await);
        Self { fieldlog, server, deaths: 0 }
    }

    fn client(&self, who: &Client) -> Client {
        who.at(&self.server.as_ref().expect("it runs").url())
    }

    /// It is killed once in a while, and is there again at once.
    async fn die_now_and_then(&mut self, number: usize) {
        if number % 3 == 1 {
            self.server.take().expect("it runs").kill().await;
            self.server = Some(self.fieldlog.start(GATEWAY).await);
            self.deaths += 1;
        }
    }
}

/// A worker that is killed after a while and started again, until it is told to stop; then it cleans up and leaves nothing.
async fn mortal(fieldlog: &Fieldlog, mut stop: watch::Receiver<bool>) -> usize {
    let mut deaths = 0;
    loop {
        let worker = fieldlog.start(["worker", "--listen", "127.0.0.1:0"]).await;
        // Different moments each time; there is nothing to wait for.
        let life = Duration::from_millis(1_500 + 1_100 * (uuid::Uuid::new_v4().as_u128() % 6) as u64);
        if tokio::time::timeout(life, stop.wait_for(|stop| *stop)).await.is_ok() {
            let is_clean = async || job_directories(fieldlog.data()).is_empty().then_some(());
            until("nothing is left of the jobs", LONG, is_clean).await;
            assert_eq!(worker.stop().await.code(), Some(0));
            return deaths;
        }
        worker.kill().await;
        deaths += 1;
    }
}
