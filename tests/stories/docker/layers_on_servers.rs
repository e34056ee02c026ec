//! Layers on PostGIS and on a WMS, where a job may use the network, and where it may not.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::docker;
use crate::support::edits::{self, delta_file, delta_of, push};
use crate::support::farm::{Farm, IN_THE_FILE, IN_THE_SECRET, MEADOW, TREES, WELLS};
use crate::support::fieldlog::{Fieldlog, Server};
use crate::support::packages;
use crate::support::wait::{LONG, until};

const LAYERS: &str = "details { layers { name isValid errorCode errorSummary providerErrorSummary datasource } }";
/// Trees as PostGIS tells them.
const ALL_TREES: &str =
    "SELECT id, kind, height, planted, seen AT TIME ZONE 'UTC', ST_AsText(geom) FROM trees ORDER BY id";

#[tokio::test(flavor = "multi_thread")]
async fn layers_on_servers_are_packed_and_edited_over_the_network_that_the_operator_named() {
    docker::ready();
    let farm = Farm::start().await;
    let fieldlog = Fieldlog::new().with("FIELDLOG_WORKER_NETWORK", &farm.network.name);
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = farm.project_of(&ana).await;

    ana.revision_is(&project, "READY").await;
    let layers = layers(&ana, &project).await;
    assert!(layers.iter().all(|layer| layer["isValid"] == true), "{layers:#?}");
    assert!(farm.meadow.was_asked("REQUEST=GetCapabilities") && farm.meadow.was_asked("REQUEST=GetMap"));

    let package = packages::made(&ana, &project).await;
    assert_eq!(package["status"], "finished", "{package:#}");
    let actions = package.pointer("/feedback/outputs/package_project/layer_actions").unwrap();
    let action = |layer: &str| actions[layer]["action"].as_str().unwrap().to_owned();
    assert_eq!(
        (action(TREES), action(WELLS), action(MEADOW)),
        ("offline".into(), "no_action".into(), "no_action".into())
    );
    assert_eq!(package.pointer("/feedback/outputs/package_project/problems"), Some(&json!([])));
    assert_eq!(packed_trees(&fieldlog, &ana, &project).await, ["1 oak 12.5", "2 ash -", "3 elm 7.25"]);

    // A new tree, one that has grown and moved, one that was felled, and one of another height than it had: the last one wins.
    farm.trees.ask("INSERT INTO trees (kind, height) VALUES ('fir', 3)");
    let edits = [
        tree(
            "create",
            "",
            json!({ "new": { "geometry": "Point (8.7 47.61)", "attributes": { "kind": "yew", "height": 0.125,
            "planted": "2026-11-22", "seen": "2026-11-22T10:00:00.250+02:00" } } }),
        ),
        tree(
            "patch",
            "1",
            json!({ "old": { "geometry": "Point (8.5 47.4)", "attributes": { "height": 12.5 } },
            "new": { "geometry": "Point (8.51 47.41)", "attributes": { "height": 12.875 } } }),
        ),
        tree("delete", "2", json!({ "old": { "attributes": { "kind": "ash" } } })),
        tree(
            "patch",
            "4",
            json!({ "old": { "attributes": { "height": 2 } }, "new": { "attributes": { "height": 4 } } }),
        ),
    ];
    push(&ana, &project, &delta_file(&project, &edits)).await;
    let settled = edits::settled(&ana, &project, "").await;
    let statuses: Vec<_> = settled.iter().map(|delta| delta["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["APPLIED"; 4], "{settled:#?}");
    let expected = [
        "1|oak|12.875|1999-12-31||POINT(8.51 47.41)",
        "3|elm|7.250|||",
        "4|fir|4.000|||",
        "5|yew|0.125|2026-11-22|2026-11-22 08:00:00.25|POINT(8.7 47.61)",
    ];
    assert_eq!(farm.trees.ask(ALL_TREES).lines().collect::<Vec<_>>(), expected);

    tells_no_password(&fieldlog, &server, &ana, &project).await;
    assert_eq!(server.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_each_layer_on_a_server_is_named_with_its_cause_and_nothing_hangs() {
    docker::ready();
    let farm = Farm::start().await;
    let fieldlog = Fieldlog::new();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let began = Instant::now();
    let project = farm.project_of(&ana).await;
    ana.revision_is(&project, "READY").await;
    names_causes(&ana, &project).await;

    let package = packages::made(&ana, &project).await;
    assert_eq!(package["status"], "finished", "{package:#}");
    let actions = package.pointer("/feedback/outputs/package_project/layer_actions").unwrap();
    assert_eq!(actions[MEADOW], json!({ "action": "no_action", "reason": "online_and_not_reachable" }));
    let problems = package.pointer("/feedback/outputs/package_project/problems").unwrap();
    let told: Vec<_> =
        problems.as_array().unwrap().iter().map(|problem| problem["message"].as_str().unwrap()).collect();
    for layer in ["Trees", "Wells"] {
        let is_told =
            |message: &&str| message.contains(&format!("'{layer}'")) && message.contains("Network is unreachable");
        assert!(told.iter().any(is_told), "{layer}: {told:?}");
    }

    push(&ana, &project, &delta_file(&project, &[tree("delete", "1", json!({ "old": { "attributes": {} } }))])).await;
    let [edit] = &edits::settled(&ana, &project, "").await[..] else { panic!("expected one edit") };
    assert_eq!(edit["status"], "NOT_APPLIED", "{edit:#}");
    let told = edit["feedback"].to_string();
    assert!(told.contains("Trees") && told.contains("Network is unreachable"), "{edit:#}");
    // Three jobs, each with its container, on a machine that may have other things to do.
    assert!(began.elapsed() < Duration::from_secs(120), "it took {:?}", began.elapsed());
    assert_eq!(farm.trees.ask("SELECT count(*) FROM trees"), "3");
    assert!(!farm.meadow.was_asked("REQUEST="));
    tells_no_password(&fieldlog, &server, &ana, &project).await;
    assert_eq!(server.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_servers_keeps_its_jobs_off_the_network() {
    docker::ready();
    let farm = Farm::start().await;
    let fieldlog = Fieldlog::new().with("FIELDLOG_WORKER_NETWORK", &farm.network.name);
    let settings = fieldlog.path("fieldlog.toml");
    std::fs::write(
        &settings,
        "[[plans]]\ncode = 'small'\ndefault_for = ['person']\nis_external_db_supported = false\n",
    )
    .unwrap();
    let fieldlog = fieldlog.with("FIELDLOG_CONFIG", settings.to_str().unwrap());
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = farm.project_of(&ana).await;
    ana.revision_is(&project, "READY").await;
    names_causes(&ana, &project).await;
    assert!(!farm.meadow.was_asked("REQUEST="));

    let refused = packages::request(&ana, &project).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "permission_denied_plan_insufficient", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("small"), "{refused}");
    assert_eq!(server.stop().await.code(), Some(0));
}

fn tree(method: &str, key: &str, states: Value) -> Value {
    delta_of(TREES, method, key, states)
}

async fn layers(who: &Client, project: &str) -> Vec<Value> {
    until("QGIS has described the layers", LONG, async || {
        who.project(project, LAYERS).await["details"]["layers"].as_array().cloned()
    })
    .await
}

/// Each layer is there, cannot be opened, and says why; so does the log of the job.
async fn names_causes(who: &Client, project: &str) {
    let log = log_of_last_job(who, project).await;
    for layer in layers(who, project).await {
        assert_eq!(
            (&layer["isValid"], &layer["errorCode"]),
            (&json!(false), &json!("invalid_dataprovider")),
            "{layer:#}"
        );
        let cause = layer["providerErrorSummary"].as_str().unwrap();
        assert!(cause.to_lowercase().contains("unreachable"), "{layer:#}");
        let named = format!("Layer '{}' is not valid: invalid_dataprovider: {cause}", layer["name"].as_str().unwrap());
        assert!(log.contains(&named), "expected {named:?} in:\n{log}");
    }
}

async fn log_of_last_job(who: &Client, project: &str) -> String {
    let job = who.job_ended(project).await;
    who.get(job["logUrl"].as_str().unwrap()).await.text().await.unwrap()
}

/// The trees of the package, as devices get them.
async fn packed_trees(fieldlog: &Fieldlog, who: &Client, project: &str) -> Vec<String> {
    let packed = who.get(&format!("/api/v1/packages/{project}/latest/files/data.gpkg/")).await;
    assert_eq!(packed.status(), StatusCode::OK);
    let file = fieldlog.path("data.gpkg");
    std::fs::write(&file, packed.bytes().await.unwrap()).unwrap();
    let database = Connection::open(file).unwrap();
    let table: String = database
        .query_row("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'", [], |row| row.get(0))
        .unwrap();
    let text = "SELECT id || ' ' || kind || ' ' || coalesce(height, '-')";
    let mut query = database.prepare(&format!("{text} FROM \"{table}\" ORDER BY id")).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Nothing that anybody can read about the project's jobs has a password in it, but for the project file of those who may read it.
async fn tells_no_password(fieldlog: &Fieldlog, server: &Server, who: &Client, project: &str) {
    let everything = "details { layers { datasource errorSummary errorMessage providerErrorSummary providerErrorMessage } }
        secrets { nodes { name kind } } deltas(first: 100) { nodes { content feedback before after } }
        jobs(first: 20) { nodes { uuid logUrl feedback error { message } outputs { name } } } history(first: 100) { nodes { type } }";
    let told = who.project(project, everything).await;
    let mut texts = vec![told.to_string(), server.trace()];
    for job in told["jobs"]["nodes"].as_array().unwrap() {
        texts.push(who.get(job["logUrl"].as_str().unwrap()).await.text().await.unwrap());
        texts.push(who.get(&format!("/api/v1/jobs/{}/", job["uuid"].as_str().unwrap())).await.text().await.unwrap());
    }
    texts.push(packages::latest(who, project).await.to_string());
    texts.push(
        who.request(Method::GET, &format!("/api/v1/deltas/{project}/")).send().await.unwrap().text().await.unwrap(),
    );
    texts.push(fieldlog.say(["events", "--json", "--resource", project]).await);
    // A part of one is too much.
    for word in [IN_THE_FILE, IN_THE_SECRET].iter().flat_map(|password| password.split(' ')) {
        for text in &texts {
            assert!(!text.contains(word), "{word:?} is in {}", &text[text.find(word).unwrap().saturating_sub(300)..]);
        }
    }
}
