//! Edits of devices: undone, and resolved where they are in conflict. A worker is played by its own use cases.

use std::time::Duration;

use fieldlog_commands::Viewer;
use fieldlog_commands::job::{ClaimJob, FinishJob, JobInputs, StartJob, claim_job, finish_job, start_job};
use fieldlog_domain::job::{DELTA_OUTCOMES, EDITS_LOOKED_FOR, JobKind, JobOutput, JobState, RunRecord};
use fieldlog_domain::{DeltaId, JobId, ResourceId, WorkerId};
use fieldlog_projections::{ListJobs, Page};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{PATIENCE, Person, Server, eventually, text};

/// Pushes a delta file with these edits; its id.
async fn push(server: &Server, who: &Person, project: &str, methods: &[&str]) -> String {
    let delta = |method: &&str| {
        json!({
            "uuid": Uuid::now_v7(), "clientId": Uuid::now_v7(), "method": method, "localPk": "1", "sourcePk": "1",
            "localLayerId": "trees", "sourceLayerId": "trees",
            "old": { "attributes": { "height": 3 } }, "new": { "attributes": { "height": 4 } },
        })
    };
    let deltas: Vec<Value> = methods.iter().map(delta).collect();
    let id = Uuid::now_v7();
    let file = json!({ "version": "1.0", "id": id, "project": project, "files": [], "deltas": deltas });
    let body =
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.json\"\r\n\r\n{file}\r\n--b--\r\n");
    let request = server.client.post(server.url(&format!("/api/v1/deltas/{project}/"))).body(body);
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    let answer = request.header("authorization", format!("Token {}", who.token)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    id.to_string()
}

/// Waits for the job that applies edits, and ends it with what is said of each.
async fn apply(server: &Server, project: &str, say: impl Fn(DeltaId, usize) -> Value) {
    let (app, resource): (_, ResourceId) = (&server.app, project.parse().unwrap());
    let waiting = || {
        let list = ListJobs { resource: Some(resource), states: Some(vec![JobState::Requested]), page: Page::first(9) };
        let jobs = app.view().jobs(list).unwrap().rows;
        jobs.into_iter().find(|job| job.kind == JobKind::ApplyDeltas).map(|job| job.id)
    };
    eventually("a job is requested", || async { waiting().is_some() }).await;
    let job: JobId = waiting().unwrap();
    let pending = app.view().pending_deltas(resource, 100, 1_000_000).unwrap();
    let deltas: Vec<DeltaId> = pending.into_iter().map(|delta| delta.id).collect();
    let said: Vec<Value> = deltas.iter().enumerate().map(|(place, id)| say(*id, place)).collect();
    work(server, job, JobInputs { deltas, ..JobInputs::default() }, DELTA_OUTCOMES, Value::Array(said).to_string())
        .await;
    eventually("the job is settled", || async { app.view().job(job).unwrap().unwrap().settled_at.is_some() }).await;
}

/// Plays the worker of a job that makes one file.
pub async fn work(server: &Server, job: JobId, inputs: JobInputs, name: &str, content: String) {
    let (app, worker) = (&server.app, Viewer::system(None));
    let claim = ClaimJob { command_id: None, job, worker: WorkerId(Uuid::now_v7()), lease: Duration::from_secs(60) };
    let attempt = claim_job(app, &worker, claim).await.unwrap().value;
    let inputs = app.storage().put_bytes(inputs.to_json()).await.unwrap().digest;
    let start = StartJob {
        command_id: None,
        job,
        attempt,
        container: "c".into(),
        image: "fieldlog-qgis".into(),
        image_digest: "sha256:1".into(),
        inputs,
    };
    let done = start_job(app, &worker, start).await.unwrap();
    app.wait_for(done.receipt, PATIENCE).await.unwrap();
    let blob = app.storage().put_bytes(content.into()).await.unwrap();
    let output = JobOutput {
        name: name.into(),
        digest: blob.digest,
        size: blob.size,
        media_type: "application/octet-stream".into(),
        etag: None,
        replaces: None,
    };
    let finish =
        FinishJob { command_id: None, job, attempt, outputs: vec![output], removed: vec![], run: RunRecord::default() };
    let done = finish_job(app, &worker, finish).await.unwrap();
    app.wait_for(done.receipt, PATIENCE).await.unwrap();
}

fn tree(height: i64) -> Value {
    json!({ "attributes": { "fid": 17, "height": height }, "geometry": "Point (7 46)" })
}

fn applied(id: DeltaId, before: Value, after: Value) -> Value {
    json!({ "delta_id": id, "status": "status_applied", "modified_pk": "17", "before": before, "after": after })
}

/// A project with a project file.
pub async fn start() -> (Server, Person, String) {
    let mut server = Server::start().await;
    server.start_policies().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "trees").await;
    server.upload(&ana, &project, "trees.qgs", "<qgis/>").await;
    (server, ana, project)
}

async fn deltas(server: &Server, who: &Person, project: &str, arguments: &str) -> Value {
    let query = format!(
        "query($id: ID!) {{ resource(id: $id) {{ ... on Project {{ deltas{arguments} {{ nodes {{ uuid deltaFile status content
        undoes {{ uuid }} undoneBy {{ uuid }} replaces {{ uuid }} replacedBy {{ uuid }} conflict {{ old mine theirs differences }}
        }} }} }} }} }}"
    );
    server.data(who, &query, json!({ "id": project })).await["resource"]["deltas"]["nodes"].clone()
}

const UNDO: &str = "mutation($input: UndoChangeSetInput!) { undoChangeSet(input: $input) { __typename
    ... on ChangeSetUndone { deltaFile project { uuid } } ... on AlreadyUndone { deltaFile } ... on Refusal { message } } }";

#[tokio::test]
async fn a_change_set_is_undone_once_and_listed_like_any_other() {
    let (server, ana, project) = start().await;
    let file = push(&server, &ana, &project, &["create", "patch"]).await;
    let input = json!({ "input": { "project": project, "deltaFile": file } });
    let undo = || async { server.data(&ana, UNDO, input.clone()).await["undoChangeSet"].clone() };
    assert_eq!(undo().await["__typename"], "NothingToUndo", "nothing is in the data yet");
    apply(&server, &project, |id, place| match place {
        0 => applied(id, Value::Null, tree(3)),
        _ => applied(id, json!({ "attributes": { "height": 3 } }), json!({ "attributes": { "height": 4 } })),
    })
    .await;
    let undone = undo().await;
    assert_eq!((&undone["__typename"], &undone["project"]["uuid"]), (&json!("ChangeSetUndone"), &json!(project)));
    let by = text(&undone["deltaFile"]);
    let rows = deltas(&server, &ana, &project, &format!("(deltaFile: \"{by}\")")).await;
    let methods: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["content"]["method"].clone()).collect();
    assert_eq!(methods, ["patch", "delete"]);
    let first = deltas(&server, &ana, &project, &format!("(deltaFile: \"{file}\")")).await;
    assert_eq!((&first[0]["undoneBy"]["uuid"], &rows[1]["undoes"]["uuid"]), (&rows[1]["uuid"], &first[0]["uuid"]));
    let again = undo().await;
    assert_eq!((&again["__typename"], &again["deltaFile"]), (&json!("AlreadyUndone"), &json!(by)));

    let request = server.get(&format!("/api/v1/deltas/{project}/{by}/"));
    let listed = request.header("authorization", format!("Token {}", ana.token)).send().await.unwrap();
    let listed: Vec<Value> = listed.json().await.unwrap();
    assert_eq!(
        (listed.len(), &listed[0]["deltafile_id"], &listed[0]["status"]),
        (2, &json!(by), &json!("STATUS_PENDING"))
    );
    assert_eq!(listed[0]["created_by"], "ana");

    let unknown = json!({ "input": { "project": project, "deltaFile": Uuid::now_v7() } });
    assert_eq!(server.data(&ana, UNDO, unknown).await["undoChangeSet"]["__typename"], "NotFound");
}

const RESOLVE: &str = "mutation($input: ResolveConflictsInput!) { resolveConflicts(input: $input) { __typename
    ... on NotInConflict { delta } ... on InvalidInput { field } ... on Refusal { message } } }";

#[tokio::test]
async fn a_conflict_shows_both_sides_and_ends_as_somebody_decides() {
    let (server, ana, project) = start().await;
    push(&server, &ana, &project, &["patch", "patch", "delete"]).await;
    let found = json!({ "attributes": { "height": 9 } });
    apply(&server, &project, |id, _| {
        let conflicts = ["'height' was 3 on the device and is 9"];
        json!({ "delta_id": id, "status": "status_conflict", "before": found, "after": found, "conflicts": conflicts })
    })
    .await;
    let rows = deltas(&server, &ana, &project, "(statuses: [CONFLICT])").await;
    let expected = json!({
        "old": { "attributes": { "height": 3 } },
        "mine": { "attributes": { "height": 4 } },
        "theirs": { "attributes": { "height": 9 } },
        "differences": ["'height' was 3 on the device and is 9"],
    });
    assert_eq!(rows[0]["conflict"], expected);
    let resolve = |conflicts: Value| {
        let input = json!({ "input": { "project": project, "conflicts": conflicts } });
        let (server, ana) = (&server, &ana);
        async move { server.data(ana, RESOLVE, input).await["resolveConflicts"].clone() }
    };
    let edit =
        |values: Value| json!([{ "delta": rows[0]["uuid"], "resolution": { "edit": { "attributes": values } } }]);
    let unknown = resolve(edit(json!({ "girth": 5 }))).await;
    assert_eq!((&unknown["__typename"], &unknown["field"]), (&json!("InvalidInput"), &json!("conflicts")), "{unknown}");
    assert_eq!(resolve(edit(json!({ "height": 6.5 }))).await["__typename"], "ConflictsResolved");
    let sides = json!([
        { "delta": rows[1]["uuid"], "resolution": { "use": "MINE" } },
        { "delta": rows[2]["uuid"], "resolution": { "use": "THEIRS" } },
    ]);
    assert_eq!(resolve(sides).await["__typename"], "ConflictsResolved");
    let again = resolve(edit(json!({ "height": 7 }))).await;
    assert_eq!((&again["__typename"], &again["delta"]), (&json!("NotInConflict"), &rows[0]["uuid"]));

    let rows = deltas(&server, &ana, &project, "").await;
    let statuses: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(statuses, ["REPLACED", "PENDING", "IGNORED", "PENDING"]);
    assert_eq!(rows[0]["conflict"], Value::Null);
    assert_eq!((&rows[0]["replacedBy"]["uuid"], &rows[3]["replaces"]["uuid"]), (&rows[3]["uuid"], &rows[0]["uuid"]));
    assert_eq!(rows[3]["content"]["new"], json!({ "attributes": { "height": 6.5 } }));
    let request = server.get(&format!("/api/v1/deltas/{project}/"));
    let listed = request.header("authorization", format!("Token {}", ana.token)).send().await.unwrap();
    let listed: Vec<Value> = listed.json().await.unwrap();
    let words = (&listed[0]["status"], &listed[0]["last_status"]);
    assert_eq!(words, (&json!("STATUS_IGNORED"), &json!("ignored")), "no client knows another word");
}

/// Waits for the job that looks at the project, and ends it with what is said of edits.
async fn look(server: &Server, project: &str, said: Value) {
    let (app, resource): (_, ResourceId) = (&server.app, project.parse().unwrap());
    let waiting = || {
        let list = ListJobs { resource: Some(resource), states: Some(vec![JobState::Requested]), page: Page::first(9) };
        let jobs = app.view().jobs(list).unwrap().rows;
        jobs.into_iter().find(|job| job.kind == JobKind::ProcessProjectFile).map(|job| job.id)
    };
    eventually("a job is requested", || async { waiting().is_some() }).await;
    work(server, waiting().unwrap(), JobInputs::default(), EDITS_LOOKED_FOR, said.to_string()).await;
}

const APPLY_TAKEN_BACK: &str = "mutation($input: ApplyTakenBackInput!) { applyTakenBack(input: $input) { __typename
    ... on TakenBackReopened { edits project { takenBackEdits } } ... on Refusal { message } } }";

const TAKEN_BACK: &str = "query($id: ID!) { resource(id: $id) { ... on Project { takenBackEdits
    deltas(statuses: [TAKEN_BACK]) { nodes { uuid status takenBack { by { name } file version { number } why } } } } } }";

#[tokio::test]
async fn edits_that_an_upload_took_back_are_told_and_applied_again() {
    let (server, ana, project) = start().await;
    look(&server, &project, json!([])).await;
    push(&server, &ana, &project, &["patch", "patch"]).await;
    let height = |height: i64| json!({ "attributes": { "height": height } });
    apply(&server, &project, |id, _| applied(id, height(3), height(4))).await;
    server.upload(&ana, &project, "trees.gpkg", "without the edits").await;
    let rows = deltas(&server, &ana, &project, "").await;
    let gone =
        |row: &Value| json!({ "delta": row["uuid"], "file": "trees.gpkg", "is_there": false, "why": "'height' is 3." });
    look(&server, &project, json!([gone(&rows[0]), gone(&rows[1])])).await;
    let count =
        || async { server.data(&ana, TAKEN_BACK, json!({ "id": project })).await["resource"]["takenBackEdits"] == 2 };
    eventually("edits are taken back", count).await;
    let told = server.data(&ana, TAKEN_BACK, json!({ "id": project })).await["resource"]["deltas"]["nodes"].clone();
    let taken =
        json!({ "by": { "name": "ana" }, "file": "trees.gpkg", "version": { "number": 1 }, "why": "'height' is 3." });
    assert_eq!((&told[0]["status"], &told[0]["takenBack"]), (&json!("TAKEN_BACK"), &taken));

    let request = server.get(&format!("/api/v1/deltas/{project}/"));
    let listed = request.header("authorization", format!("Token {}", ana.token)).send().await.unwrap();
    let listed: Vec<Value> = listed.json().await.unwrap();
    let words = (&listed[0]["status"], &listed[0]["last_status"]);
    assert_eq!(words, (&json!("STATUS_NOT_APPLIED"), &json!("not_applied")), "no client knows another word");
    let said = text(&listed[0]["output"]);
    assert!(said.contains("what ana brought as 'trees.gpkg'") && said.contains("'height' is 3."), "{said}");

    let apply_again = |deltas: Value| {
        let input = json!({ "input": { "project": project, "deltas": deltas } });
        let (server, ana) = (&server, &ana);
        async move { server.data(ana, APPLY_TAKEN_BACK, input).await["applyTakenBack"].clone() }
    };
    let one = json!({ "__typename": "TakenBackReopened", "edits": 1, "project": { "takenBackEdits": 1 } });
    assert_eq!(apply_again(json!([rows[0]["uuid"]])).await, one);
    let other = json!({ "__typename": "TakenBackReopened", "edits": 1, "project": { "takenBackEdits": 0 } });
    assert_eq!(apply_again(Value::Null).await, other);
    let rows = deltas(&server, &ana, &project, "").await;
    let statuses: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(statuses, ["PENDING", "PENDING"]);
}

const REOPEN: &str = "mutation($input: ReopenDeltasInput!) { reopenDeltas(input: $input) { __typename
    ... on InvalidInput { field } ... on Refusal { message } } }";

#[tokio::test]
async fn values_that_found_no_column_are_put_where_a_manager_says() {
    let (server, ana, project) = start().await;
    push(&server, &ana, &project, &["patch"]).await;
    apply(
        &server,
        &project,
        |id, _| json!({ "delta_id": id, "status": "status_apply_failed", "missing_columns": ["girth", "note"] }),
    )
    .await;
    let asked = "query($id: ID!) { resource(id: $id) { ... on Project { columnMappings { layer from to saidAt }
        deltas { nodes { uuid status missingColumns } } } } }";
    let shown = || async { server.data(&ana, asked, json!({ "id": project })).await["resource"].clone() };
    let before = shown().await;
    let edit = &before["deltas"]["nodes"][0];
    assert_eq!((&edit["status"], &edit["missingColumns"]), (&json!("NOT_APPLIED"), &json!(["girth", "note"])));
    assert_eq!(before["columnMappings"], json!([]));
    let reopen = |columns: Value| {
        let input = json!({ "input": { "project": project, "deltas": [edit["uuid"]], "columns": columns } });
        let (server, ana) = (&server, &ana);
        async move { server.data(ana, REOPEN, input).await["reopenDeltas"].clone() }
    };
    let same = reopen(json!([{ "from": "girth", "to": "girth" }])).await;
    assert_eq!((&same["__typename"], &same["field"]), (&json!("InvalidInput"), &json!("columns")), "{same}");
    let columns = json!([{ "layer": "trees", "from": "girth", "to": "girth_cm" }, { "from": "note", "to": null }]);
    assert_eq!(reopen(columns).await["__typename"], "DeltasReopened");
    let after = shown().await;
    assert_eq!(after["deltas"]["nodes"][0]["status"], "PENDING");
    let mapped = |place: usize| {
        let mapping = &after["columnMappings"][place];
        assert!(mapping["saidAt"].is_string());
        (mapping["layer"].clone(), mapping["from"].clone(), mapping["to"].clone())
    };
    assert_eq!(mapped(0), (json!("trees"), json!("girth"), json!("girth_cm")));
    assert_eq!(mapped(1), (json!("trees"), json!("note"), Value::Null));
}
