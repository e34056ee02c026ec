//! A server that is killed while edits are written into the project's data.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::client::Client;
use crate::support::docker::{self, containers_of, job_directories};
use crate::support::fieldlog::Fieldlog;
use crate::support::sample;
use crate::support::wait::{LONG, until};

/// What the sampling points say, by their codes.
type Points = BTreeMap<String, Option<String>>;

/// When the server is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Accepted,
    ContainerRuns,
    JobEnded,
}

#[tokio::test(flavor = "multi_thread")]
async fn each_edit_is_applied_once_though_the_server_is_killed_meanwhile() {
    docker::ready();
    // Containers that wait are too quick to be seen at work.
    let fieldlog = Fieldlog::new().with("FIELDLOG_WORKER_WARM", "0");
    let mut server = fieldlog.serve().await;
    let mut ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    for (path, bytes) in sample::river_survey() {
        ana.upload(&project, &path, bytes).await;
    }
    ana.revision_is(&project, "READY").await;
    leaves_nothing(&fieldlog, &ana, &project).await;

    let mut expected = points(&fieldlog, &ana, &project).await;
    let moments = [Moment::Accepted, Moment::ContainerRuns, Moment::JobEnded];
    for (round, moment) in (1..).zip(moments) {
        let edits = edits(&project, round, &mut expected);
        push(&ana, &project, &edits).await;
        comes(moment, round, &ana, &project).await;
        server.kill().await;

        server = fieldlog.serve().await;
        ana = ana.at(&server.url());
        // The device never learned whether its edits arrived.
        push(&ana, &project, &edits).await;
        all_applied(round * 4, &ana, &project).await;
        assert_eq!(points(&fieldlog, &ana, &project).await, expected, "{moment:?}");
        // The first version was uploaded; each round's edits made one.
        assert_eq!(versions(&ana, &project, "survey.gpkg").await, round + 1, "{moment:?}");
        leaves_nothing(&fieldlog, &ana, &project).await;
    }
    assert_eq!(server.stop().await.code(), Some(0));
}

/// Two new points, a changed one and one that goes.
fn edits(project: &str, round: usize, expected: &mut Points) -> Value {
    let new = [format!("N{round}1"), format!("N{round}2")];
    let (changed, gone) = (round, 10 + round);
    expected.extend(new.clone().map(|code| (code, None)));
    let remarks = format!("seen in round {round}");
    let before = expected.insert(format!("P{changed:02}"), Some(remarks.clone())).expect("the sample has this point");
    expected.remove(&format!("P{gone:02}")).expect("the sample has this point");

    let mut deltas: Vec<Value> = new
        .iter()
        .map(|code| {
            let attributes = json!({ "code": code, "quality_class": 2 });
            let new = json!({ "geometry": "Point (691000 5291000)", "attributes": attributes });
            delta("create", "", json!({ "new": new }))
        })
        .collect();
    let (old, new) = (json!({ "remarks": before }), json!({ "remarks": remarks }));
    let states = json!({ "old": { "attributes": old }, "new": { "attributes": new } });
    deltas.push(delta("patch", &changed.to_string(), states));
    let old = json!({ "attributes": { "code": format!("P{gone:02}") } });
    deltas.push(delta("delete", &gone.to_string(), json!({ "old": old })));
    json!({ "version": "1.0", "id": Uuid::new_v4(), "project": project, "files": [], "deltas": deltas })
}

fn delta(method: &str, source_pk: &str, states: Value) -> Value {
    let mut delta = json!({
        "uuid": Uuid::new_v4(),
        "clientId": Uuid::new_v4(),
        "method": method,
        "localPk": "1",
        "sourcePk": source_pk,
        "localLayerId": "sampling_points_sample",
        "sourceLayerId": "sampling_points_sample",
    });
    let fields = delta.as_object_mut().expect("it is an object");
    fields.extend(states.as_object().expect("states are an object").clone());
    delta
}

async fn push(ana: &Client, project: &str, edits: &Value) {
    let body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"edits.json\"\r\n\r\n{edits}\r\n--edge--\r\n"
    );
    let request = ana.request(Method::POST, &format!("/api/v1/deltas/{project}/"));
    let request = request.header("content-type", "multipart/form-data; boundary=edge").body(body);
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!((status, text.as_str()), (StatusCode::OK, ""));
}

/// Waits until the moment has come. Every round has a job that applies its edits.
async fn comes(moment: Moment, round: usize, ana: &Client, project: &str) {
    match moment {
        Moment::Accepted => {}
        Moment::ContainerRuns => {
            until("the container runs", LONG, async || (!containers_of(ana, project).await.is_empty()).then_some(()))
                .await;
        }
        Moment::JobEnded => {
            let fields = "jobs(first: 50) { nodes { kind state } }";
            until("the job ends", LONG, async || {
                let found = ana.project(project, fields).await;
                let jobs = found["jobs"]["nodes"].as_array().unwrap();
                let is_over = |job: &&Value| job["kind"] == "APPLY_DELTAS" && job["state"] == "FINISHED";
                (jobs.iter().filter(is_over).count() >= round).then_some(())
            })
            .await;
        }
    }
}

async fn all_applied(count: usize, ana: &Client, project: &str) {
    let fields = "deltas(first: 50) { nodes { status feedback } }";
    let deltas = until("every edit is settled", LONG, async || {
        let found = ana.project(project, fields).await["deltas"]["nodes"].as_array().unwrap().clone();
        let is_under_way = |delta: &Value| delta["status"] == "PENDING" || delta["status"] == "STARTED";
        (!found.iter().any(is_under_way)).then_some(found)
    })
    .await;
    assert_eq!(deltas.len(), count);
    assert!(deltas.iter().all(|delta| delta["status"] == "APPLIED"), "{deltas:?}");
}

/// The sampling points as they are in the project's data; SQLite alone reads them.
async fn points(fieldlog: &Fieldlog, ana: &Client, project: &str) -> Points {
    let file = fieldlog.path(&format!("survey-{}.gpkg", Uuid::new_v4()));
    std::fs::write(&file, ana.download(project, "survey.gpkg").await).unwrap();
    let database = Connection::open(file).unwrap();
    let mut query = database.prepare("SELECT code, remarks FROM sampling_points").unwrap();
    let rows: Vec<(String, Option<String>)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    let count = rows.len();
    let points = Points::from_iter(rows);
    assert_eq!(points.len(), count, "every code is there once");
    points
}

async fn versions(ana: &Client, project: &str, path: &str) -> usize {
    let listed: Value = ana.get(&format!("/api/v1/files/{project}/")).await.json().await.unwrap();
    let file = listed.as_array().unwrap().iter().find(|file| file["name"] == path).expect("the file is there");
    file["versions"].as_array().unwrap().len()
}

async fn leaves_nothing(fieldlog: &Fieldlog, ana: &Client, project: &str) {
    until("nothing is left of the jobs", LONG, async || {
        (containers_of(ana, project).await.is_empty() && job_directories(fieldlog.data()).is_empty()).then_some(())
    })
    .await;
}
