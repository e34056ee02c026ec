//! What a container finds in its folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use fieldlog_domain::job::{JobErrorKind, JobState};
use fieldlog_domain::{ResourceId, Sha256Digest};
use fieldlog_worker::Worker;
use serde_json::Value;
use uuid::Uuid;

use crate::cloud::{Cloud, eventually};
use crate::script::{act, engine, good};

/// Everything in a folder, by path.
fn contents(folder: &Path, below: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => contents(&path, below, found),
            false => {
                let name = path.strip_prefix(below).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_finds_the_current_files_and_the_project_file_it_was_asked_about() {
    let cloud = Cloud::new().await;
    let project = ResourceId(Uuid::now_v7());
    let asked = cloud.put_file(project, "farm.qgs", b"<qgis>asked about</qgis>").await;
    cloud.put_file(project, "data/bees.gpkg", b"old bees").await;
    cloud.put_file(project, "data/bees.gpkg", b"bees").await;
    cloud.put_file(project, "DCIM/2024/hive 1.jpg", b"a hive").await;
    cloud.put_file(project, "farm.qgs", b"<qgis>newer</qgis>").await;
    let job = cloud.request(project, "farm.qgs", asked).await;

    let found = Arc::new(Mutex::new(BTreeMap::new()));
    let engine = engine({
        let found = found.clone();
        move |_| {
            let found = found.clone();
            let look = act(move |io| contents(&io.join("files"), &io.join("files"), &mut found.lock().unwrap()));
            // The container may change its copies: nobody else sees it.
            let spoil = act(|io| std::fs::write(io.join("files/data/bees.gpkg"), "spoilt").unwrap());
            [vec![look, spoil], good()].concat()
        }
    });
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let row = cloud.finished(job).await;
    let expected =
        [("DCIM/2024/hive 1.jpg", "a hive"), ("data/bees.gpkg", "bees"), ("farm.qgs", "<qgis>asked about</qgis>")];
    assert_eq!(*found.lock().unwrap(), expected.map(|(path, text)| (path.to_owned(), text.to_owned())).into());
    assert_eq!(cloud.blob(Sha256Digest::of(b"bees")).await, "bees", "the blob is not the container's");

    let inputs: Value = serde_json::from_str(&cloud.blob(row.inputs.unwrap()).await).unwrap();
    let listed: Vec<_> =
        inputs["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(listed, ["DCIM/2024/hive 1.jpg", "data/bees.gpkg", "farm.qgs"]);
    assert_eq!(inputs["files"][2]["digest"], asked.to_hex());
    assert_eq!(inputs["files"][2]["size"], 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_container_is_told_what_to_do_and_closed_off() {
    let cloud = Cloud::new().await;
    let job = cloud.job(&[("-farm & field.qgs", b"<qgis/>")]).await;
    let engine = engine(|_| good());
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
    let row = cloud.finished(job).await;
    let spec = engine.started().remove(0);
    let resource = row.resource.to_string();
    assert_eq!(spec.command, ["python3", "entrypoint.py", "process_projectfile", "--", &resource, "-farm & field.qgs"]);
    assert_eq!(spec.name, format!("fieldlog-{job}-1"));
    let [mount] = &spec.mounts[..] else { panic!("{:?}", spec.mounts) };
    assert!(mount.source.ends_with(format!("w/jobs/{job}-1/io")) && mount.target == "/io" && !mount.read_only);
    let labels = [
        ("app", "fieldlog".to_owned()),
        ("fieldlog.attempt", "1".to_owned()),
        ("fieldlog.installation", cloud.log.log_id().to_string()),
        ("fieldlog.job", job.to_string()),
        ("fieldlog.project", resource),
        ("fieldlog.worker", worker.status().borrow().worker.to_string()),
    ];
    assert_eq!(spec.labels, labels.map(|(key, value)| (key.to_owned(), value)).into());
    assert_eq!(spec.env["JOB_ID"], job.to_string());
    assert_eq!(spec.image, row.image_digest.unwrap(), "by digest, so that what is recorded is what ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_can_never_be_staged_fail_the_job_and_touch_nothing_outside() {
    let absent = Sha256Digest::of(b"never stored");
    for (path, expected) in [
        ("../../../escaped", "'..'"),
        ("/tmp/fieldlog-escaped", "segment"),
        ("farm.qgs/inside", "a file and a folder"),
        ("data/lost.gpkg", "no longer in storage"),
    ] {
        let cloud = Cloud::new().await;
        let project = ResourceId(Uuid::now_v7());
        let digest = cloud.put_file(project, "farm.qgs", b"<qgis/>").await;
        match expected {
            "no longer in storage" => cloud.put_version(project, path, absent, 12).await,
            _ => drop(cloud.put_file(project, path, b"x").await),
        }
        let job = cloud.request(project, "farm.qgs", digest).await;
        let engine = engine(|_| good());
        let _worker =
            Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), cloud.options("w")).await.unwrap();
        let row = cloud.ended(job).await;
        let error = row.error.unwrap();
        assert_eq!((row.state, row.attempt, error.kind), (JobState::Failed, 1, JobErrorKind::Infrastructure));
        assert!(error.message.contains(expected), "{}", error.message);
        eventually("nothing is left", || engine.containers().is_empty() && cloud.directories("w").is_empty()).await;
        assert!(engine.started().is_empty());
        assert!(!cloud.dir.join("escaped").exists() && !cloud.dir.join("w/escaped").exists());
        assert!(!Path::new("/tmp/fieldlog-escaped").exists());
    }
}
