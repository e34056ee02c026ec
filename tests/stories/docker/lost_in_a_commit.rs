//! Machines that are lost around the commit of edits in PostGIS: each edit is there once.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::docker::{self, docker, job_directories};
use crate::support::edits::{self, delta_file, delta_of, push};
use crate::support::farm::{Farm, TREES};
use crate::support::fieldlog::Fieldlog;
use crate::support::wait::{LONG, until};

/// How often a moment is tried to be caught.
const TRIES: usize = 5;

/// How far a job is when its machine is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// It has said what it is about to commit.
    Announced,
    /// It may commit.
    Answered,
    /// It has committed, and nobody has heard of it.
    Committed,
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_in_postgis_are_there_once_though_machines_are_lost_around_their_commit() {
    docker::ready();
    let farm = Farm::start().await;
    let fieldlog =
        Fieldlog::new().with("FIELDLOG_WORKER_NETWORK", &farm.network.name).with("FIELDLOG_WORKER_WARM", "0");
    let mut server = fieldlog.serve().await;
    let mut ana = server.client().register("ana").await;
    let project = farm.project_of(&ana).await;
    ana.revision_is(&project, "READY").await;
    let (mut round, mut caught) = (0, vec![]);
    for moment in [Moment::Committed, Moment::Announced, Moment::Answered, Moment::Committed] {
        for _ in 0..TRIES {
            round += 1;
            // Features without keys: applied again, they would be there twice.
            push(&ana, &project, &delta_file(&project, &trees(round))).await;
            let attempt = catch(&fieldlog, &ana, &project, moment).await;
            if let Some(attempt) = &attempt {
                server.kill().await;
                if moment == Moment::Committed {
                    until("the edits are there", LONG, async || (count(&farm, round) == "3").then_some(())).await;
                }
                for container in
                    docker(&["ps", "--all", "--quiet", "--filter", &format!("name=fieldlog-{attempt}")]).lines()
                {
                    docker(&["rm", "--force", container]);
                }
                server = fieldlog.serve().await;
                ana = ana.at(&server.url());
            }
            let deltas = edits::settled(&ana, &project, "after").await;
            assert_eq!(deltas.len(), round * 3);
            assert!(deltas.iter().all(|delta| delta["status"] == "APPLIED"), "{moment:?}: {deltas:#?}");
            assert_eq!(count(&farm, round), "3", "{moment:?}");
            let after = deltas.last().unwrap()["after"]["attributes"]["kind"].clone();
            assert_eq!(after, json!(format!("round {round}")), "what came of it is told as ever");
            if attempt.is_some() {
                caught.push(moment);
                break;
            }
        }
    }
    assert_eq!(caught.len(), 4, "only caught at {caught:?}");
    assert_eq!(server.stop().await.code(), Some(0));
}

fn trees(round: usize) -> Vec<Value> {
    let tree = |height: usize| {
        let attributes = json!({ "kind": format!("round {round}"), "height": height });
        let new = json!({ "geometry": "Point (8.7 47.61)", "attributes": attributes });
        delta_of(TREES, "create", "", json!({ "new": new }))
    };
    (0..3).map(tree).collect()
}

fn count(farm: &Farm, round: usize) -> String {
    farm.trees.ask(&format!("SELECT count(*) FROM trees WHERE kind = 'round {round}'"))
}

/// The attempt that is this far; none when it was too quick to be seen there.
async fn catch(fieldlog: &Fieldlog, ana: &Client, project: &str, moment: Moment) -> Option<String> {
    let name = if moment == Moment::Announced { "1.json" } else { "1.answer" };
    until("the commit is announced", LONG, async || match with_commit(fieldlog, name) {
        Some(attempt) => Some(Some(attempt)),
        None => {
            let edits =
                ana.project(project, "deltas(first: 100) { nodes { status } }").await["deltas"]["nodes"].clone();
            let is_over = edits.as_array().unwrap().iter().all(|delta| delta["status"] == "APPLIED");
            is_over.then_some(None)
        }
    })
    .await
}

/// The attempt among whose commits there is this file.
fn with_commit(fieldlog: &Fieldlog, name: &str) -> Option<String> {
    let has_it = |directory: &PathBuf| directory.join("io/commits").join(name).exists();
    let found = job_directories(fieldlog.data()).into_iter().find(has_it)?;
    Some(found.file_name()?.to_str()?.to_owned())
}
