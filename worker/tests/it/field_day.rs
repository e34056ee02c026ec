//! Packages, and edits that come back from the field.

use std::path::Path;
use std::sync::{Arc, Mutex};

use fieldlog_domain::job::{DELTA_OUTCOMES, JobErrorKind, JobEvent, JobKind, JobState, Settlement};
use fieldlog_domain::{JobId, Sha256Digest, StreamId, StreamKind};
use fieldlog_projections::JobRow;
use fieldlog_worker::Worker;
use fieldlog_worker::containers::ContainerSpec;
use fieldlog_worker::containers::fake::{Act, FakeRuntime};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::script::{act, engine, leave, print};

pub fn edit(name: &str) -> Value {
    json!({
        "uuid": Uuid::now_v7(), "clientId": Uuid::from_u128(7), "method": "patch",
        "localPk": "1", "sourcePk": "1", "localLayerId": "hives", "sourceLayerId": "hives",
        "old": { "attributes": {} }, "new": { "attributes": { "name": name } },
    })
}

fn put(io: &Path, name: &str, content: &str) {
    let path = io.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A container that makes a package.
pub fn packages() -> Vec<Act> {
    let export = act(|io| {
        put(io, "export/farm_qfield.qgz", "a project");
        put(io, "export/data.gpkg", "all layers");
        put(io, "export/icons/hive.svg", "<svg/>");
    });
    let layers = json!({ "layers_by_id": { "hives": { "name": "Hives" } } });
    let outputs = json!({ "qgis_layers_data": layers, "qfield_layer_data": layers });
    vec![print("packaging"), export, leave(&json!({ "outputs": outputs }))]
}

/// A container that makes the first files of a project.
pub fn creates() -> Vec<Act> {
    let make = act(|io| {
        put(io, "files/project.qgz", "a project");
        put(io, "files/survey.gpkg", "no bees yet");
    });
    let layers = json!({ "layers_by_id": {} });
    vec![print("creating"), make, leave(&json!({ "outputs": { "qgis_layers_data": layers } }))]
}

fn deltas(io: &Path) -> Vec<Value> {
    let file: Value = serde_json::from_slice(&std::fs::read(io.join("deltafile.json")).unwrap()).unwrap();
    file["deltas"].as_array().unwrap().clone()
}

/// A container that writes all edits into one file, and says this of each.
pub fn applies(status: &'static str) -> Vec<Act> {
    let apply = act(move |io| {
        put(io, "files/data/bees.gpkg", "more bees");
        put(io, "files/data/bees.gpkg-wal", "unfinished");
        put(io, "files/farm.qgs", "<qgis>changed</qgis>");
        put(io, "files/stray.txt", "?");
        let values = json!({ "attributes": { "note": "password=oak" } });
        let item = |delta: &Value| json!({ "delta_id": delta["uuid"], "status": status, "msg": "user=ana", "before": null, "after": values });
        let items: Vec<_> = deltas(io).iter().map(item).collect();
        let feedback = json!({ "outputs": { "apply_deltas": { "delta_feedback": items } } });
        put(io, "feedback.json", &feedback.to_string());
    });
    vec![print("applying"), apply]
}

async fn run(cloud: &Cloud, engine: &FakeRuntime, job: JobId) -> JobRow {
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let row = cloud.ended(job).await;
    worker.shutdown().await;
    row
}

fn names(row: &JobRow) -> Vec<&str> {
    row.outputs.iter().map(|output| output.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_everything_the_container_exported() {
    let cloud = Cloud::new().await;
    let seen = Arc::new(Mutex::new(vec![]));
    let engine = engine({
        let seen = seen.clone();
        move |spec: &ContainerSpec| {
            let (seen, command) = (seen.clone(), spec.command.clone());
            let look = act(move |io| {
                seen.lock().unwrap().push((command.clone(), io.join("files/DCIM").exists()));
            });
            [vec![look], packages()].concat()
        }
    });
    let (project, job) = cloud.package_job().await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!(row.state, JobState::Finished, "{:?}", row.error);
    assert_eq!(names(&row), ["data.gpkg", "farm_qfield.qgz", "icons/hive.svg"]);
    assert_eq!(row.outputs[0].media_type, "application/geopackage+sqlite3");
    assert_eq!(row.outputs[0].etag.as_ref().map(String::len), Some(32), "the clients compare it");
    assert_eq!(cloud.blob(row.outputs[0].digest).await, "all layers");
    let words = ["python3", "entrypoint.py", "package", "--", &project.to_string(), "farm.qgs", "pythonmini"];
    let (command, has_attachments) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(command, words);
    assert!(!has_attachments, "nobody packages photos");
    assert_eq!(cloud.app.view().latest_package(project, None).unwrap().unwrap().id, job);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_without_its_layers_is_none() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| vec![leave(&json!({ "outputs": {} }))]);
    let (project, job) = cloud.package_job().await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!(row.error.unwrap().kind, JobErrorKind::BadFeedback);
    assert_eq!(cloud.app.view().latest_package(project, None).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_go_in_and_changed_files_come_out() {
    let cloud = Cloud::new().await;
    let seen = Arc::new(Mutex::new(vec![]));
    let engine = engine({
        let seen = seen.clone();
        move |spec: &ContainerSpec| {
            let (seen, command) = (seen.clone(), spec.command.clone());
            let look = act(move |io| seen.lock().unwrap().push((command.clone(), deltas(io))));
            [vec![look], applies("status_applied")].concat()
        }
    });
    let edits = [edit("oak"), edit("elm")];
    let (project, job) = cloud.apply_job(&edits).await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!(row.state, JobState::Finished, "{:?}", row.error);
    let (command, given) = seen.lock().unwrap().pop().unwrap();
    let id = project.to_string();
    assert_eq!(command, ["python3", "entrypoint.py", "apply_deltas", "--overwrite-conflicts", "--", &id, "farm.qgs"]);
    assert_eq!(given, edits);
    // Neither the project file, nor what SQLite left, nor a file that belongs to nothing.
    assert_eq!(names(&row), [DELTA_OUTCOMES, "data/bees.gpkg"]);
    assert_eq!(row.outputs[1].replaces, Some(Sha256Digest::of(b"bees")));
    let said: Vec<Value> = serde_json::from_str(&cloud.blob(row.outputs[0].digest).await).unwrap();
    assert_eq!(said.iter().map(|item| &item["delta_id"]).collect::<Vec<_>>(), [&edits[0]["uuid"], &edits[1]["uuid"]]);
    assert_eq!(said[0]["msg"], "user=***", "what QGIS says is without credentials");
    assert_eq!(said[0]["after"]["attributes"]["note"], "password=oak", "what people wrote is left alone");
    let feedback = cloud.app.view().job_feedback(job).unwrap().unwrap();
    assert_eq!(feedback.pointer("/outputs/apply_deltas/delta_feedback"), Some(&json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_look_changed_are_left_alone_when_no_edit_was_applied() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| applies("status_conflict"));
    let (_, job) = cloud.apply_job(&[edit("oak")]).await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!((row.state, names(&row)), (JobState::Finished, vec![DELTA_OUTCOMES]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_gone_beside_a_changed_file_is_an_input_that_was_removed() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| {
        let take_in = act(|io| {
            for name in ["files/data/bees.gpkg-wal", "files/hives.csv"] {
                std::fs::remove_file(io.join(name)).unwrap();
            }
        });
        [applies("status_applied"), vec![take_in]].concat()
    });
    let (project, job) = cloud.apply_job(&[edit("oak")]).await;
    cloud.put_file(project, "data/bees.gpkg-wal", b"a log").await;
    cloud.put_file(project, "data/bees.gpkg-shm", b"its index").await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!(row.state, JobState::Finished, "{:?}", row.error);
    let events = cloud.app.log().read_stream(&StreamId::new(StreamKind::Job, job), 0, 100).await.unwrap();
    let finished = events.iter().find(|event| event.event_type == "job_finished").unwrap();
    let payload: Value = serde_json::from_str(&finished.payload).unwrap();
    let digest = Sha256Digest::of(b"a log").to_string();
    assert_eq!(payload["removed"], json!([{ "path": "data/bees.gpkg-wal", "digest": digest }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_fit_together_are_looked_at_again_and_edited_then() {
    let cloud = Cloud::new().await;
    let attempts = Arc::new(Mutex::new(0));
    let engine = engine(move |_| {
        let mut attempts = attempts.lock().unwrap();
        *attempts += 1;
        match *attempts {
            1 => {
                let torn =
                    json!({ "delta_feedback": [], "torn_files": ["'trees.shx' has 3 records and 'trees.dbf' 4"] });
                vec![leave(&json!({ "outputs": { "apply_deltas": torn } }))]
            }
            _ => applies("status_applied"),
        }
    });
    let (_, job) = cloud.apply_job(&[edit("oak")]).await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!((row.state, row.attempt), (JobState::Finished, 2), "{:?}", row.error);
    assert_eq!(names(&row), [DELTA_OUTCOMES, "data/bees.gpkg"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_finds_no_edits_is_done_without_a_container() {
    let cloud = Cloud::new().await;
    let engine = engine(|_| applies("status_applied"));
    let (_, job) = cloud.apply_job(&[]).await;
    let row = run(&cloud, &engine, job).await;
    assert_eq!((row.state, row.outputs.len(), engine.started().len()), (JobState::Finished, 0, 0));
    assert_eq!(cloud.directories("w"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_change_a_project_take_turns_and_others_do_not_wait() {
    let cloud = Cloud::new().await;
    let (project, first) = cloud.apply_job(&[edit("oak")]).await;
    let digest = cloud.row(first).project_file_digest.unwrap();
    let second = cloud.request_kind(JobKind::ApplyDeltas, project, "farm.qgs", digest).await;
    let package = cloud.request_kind(JobKind::Package, project, "farm.qgs", digest).await;
    let claimable = || {
        let rows = cloud.app.view().claimable_jobs(cloud.app.now(), 10).unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(claimable(), [first, package]);
    let engine = engine(|spec| match spec.command[2].as_str() {
        "package" => packages(),
        _ => applies("status_applied"),
    });
    run(&cloud, &engine, first).await;
    assert_eq!(cloud.row(first).state, JobState::Finished);
    assert!(!claimable().contains(&second), "what the first one did is not in its place yet");
    let settled = JobEvent::JobSettled { settlement: Settlement::Taken };
    let stream = StreamId::new(StreamKind::Job, first);
    cloud.append(stream, project, settled).await;
    assert!(claimable().contains(&second));
}
