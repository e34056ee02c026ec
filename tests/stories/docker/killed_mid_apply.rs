//! A server that is killed while edits are written into the project's data.

use std::collections::BTreeMap;

use rusqlite::types::Value as Cell;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::docker::{self, containers_of, job_directories};
use crate::support::edits::{self, delta, delta_file, push};
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
        let deltas = edits::settled(&ana, &project, "").await;
        assert_eq!(deltas.len(), round * 4);
        assert!(deltas.iter().all(|delta| delta["status"] == "APPLIED"), "{deltas:?}");
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
    delta_file(project, &deltas)
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

/// The sampling points as they are in the project's data; SQLite alone reads them.
async fn points(fieldlog: &Fieldlog, ana: &Client, project: &str) -> Points {
    let rows = edits::rows(fieldlog, ana, project, "SELECT code, remarks FROM sampling_points").await;
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    };
    let count = rows.len();
    let points = Points::from_iter(rows.iter().map(|row| (text(&row[0]).expect("a point has a code"), text(&row[1]))));
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
