//! Files that mean something only together.

use fieldlog_commands::file::*;
use fieldlog_commands::job::*;
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::file::{FileEvent, FileRefusal, SetAside};
use fieldlog_domain::job::{DELTA_OUTCOMES, JobOutput, RemovedInput, RunRecord};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{Event, JobId, ResourceId, Sha256Digest, VersionId};
use fieldlog_projections::DeltaStatus;
use serde_json::json;

use crate::applying::{statuses, waiting};
use crate::change_sets::{delta, file as delta_file, push, with_file};
use crate::cloud::Cloud;
use crate::jobs::{claim, start};

fn path(name: &str) -> FilePath {
    FilePath::try_new(name).unwrap()
}

/// The header of a database that is written with a log, or not, and something behind it.
fn database(is_logged: bool, content: &str) -> String {
    let version = if is_logged { "\u{2}\u{2}" } else { "\u{1}\u{1}" };
    format!("SQLite format 3\0\u{10}\0{version}{content}")
}

/// The project's files and what they hold, but for the project file.
async fn held(cloud: &Cloud, project: ResourceId) -> Vec<(String, String)> {
    let mut held = vec![];
    for row in cloud.app.view().all_current_versions(project).unwrap() {
        let bytes = cloud.app.storage().read_to_bytes(&row.digest, 1_000).await.unwrap();
        if !row.path.is_project_file() {
            held.push((row.path.to_string(), String::from_utf8_lossy(&bytes).chars().rev().take(1).collect()));
        }
    }
    held
}

async fn assert_held(cloud: &Cloud, project: ResourceId, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(name, end)| ((*name).to_owned(), (*end).to_owned())).collect();
    assert_eq!(held(cloud, project).await, expected);
}

async fn put(cloud: &Cloud, by: &Viewer, project: ResourceId, files: &[(&str, &str)]) -> Vec<VersionId> {
    let mut versions = vec![];
    for (name, content) in files {
        versions.push(cloud.upload(by, project, name, content).await.unwrap().value.version);
    }
    versions
}

async fn reasons(cloud: &Cloud) -> Vec<SetAside> {
    let set_aside = |event| match event {
        Event::File(FileEvent::FileDeleted { because }) => because,
        _ => None,
    };
    let events = cloud.feed().await;
    let read = |recorded: &fieldlog_eventlog::RecordedEvent| {
        let kind = recorded.stream.kind;
        Event::read(kind, &recorded.event_type, &recorded.event_version, &recorded.payload).unwrap()
    };
    events.iter().map(read).filter_map(set_aside).collect()
}

fn restore(project: ResourceId, name: &str, version: VersionId) -> RestoreVersion {
    RestoreVersion { command_id: None, resource: project, path: name.into(), version }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_closed_database_uploaded_alone_sets_aside_the_log_from_before() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Trees").await;
    let open = database(true, "1");
    put(&cloud, &ana, project, &[("trees.gpkg", &open), ("trees.gpkg-shm", "1"), ("trees.gpkg-wal", "1")]).await;
    assert_held(&cloud, project, &[("trees.gpkg", "1"), ("trees.gpkg-shm", "1"), ("trees.gpkg-wal", "1")]).await;
    put(&cloud, &ana, project, &[("trees.gpkg-wal", "2")]).await;
    assert_held(&cloud, project, &[("trees.gpkg", "1"), ("trees.gpkg-shm", "1"), ("trees.gpkg-wal", "2")]).await;
    put(&cloud, &ana, project, &[("trees.gpkg", &database(true, "3"))]).await;
    assert_held(&cloud, project, &[("trees.gpkg", "3")]).await;
    let left_over = SetAside::LeftOver { main: path("trees.gpkg") };
    assert_eq!(reasons(&cloud).await, [left_over.clone(), left_over]);
    // The log that comes after it is its own, until the database is closed.
    put(&cloud, &ana, project, &[("trees.gpkg-wal", "4")]).await;
    assert_held(&cloud, project, &[("trees.gpkg", "3"), ("trees.gpkg-wal", "4")]).await;
    put(&cloud, &ana, project, &[("trees.gpkg", &database(false, "5")), ("trees.gpkg-wal", "6")]).await;
    assert_held(&cloud, project, &[("trees.gpkg", "5")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_comes_before_its_database_counts_when_that_is_there() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Trees").await;
    put(&cloud, &ana, project, &[("new.gpkg-wal", "1"), ("new.gpkg", &database(true, "1"))]).await;
    assert_held(&cloud, project, &[("new.gpkg", "1"), ("new.gpkg-wal", "1")]).await;
    let closed = database(false, "1");
    put(&cloud, &ana, project, &[("Data.sqlite", &closed)]).await;
    put(&cloud, &ana, project, &[("Data.sqlite-wal", "2")]).await;
    assert_held(&cloud, project, &[("Data.sqlite", "1"), ("new.gpkg", "1"), ("new.gpkg-wal", "1")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_version_brings_its_log_along() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Trees").await;
    let first = put(&cloud, &ana, project, &[("trees.gpkg", &database(true, "1")), ("trees.gpkg-wal", "1")]).await;
    let second = put(&cloud, &ana, project, &[("trees.gpkg", &database(false, "2"))]).await;
    cloud.settled(&policies).await;
    assert_held(&cloud, project, &[("trees.gpkg", "2")]).await;
    let alone = restore_version(&cloud.app, &ana, restore(project, "trees.gpkg-wal", first[1])).await.unwrap_err();
    assert!(matches!(alone, CommandError::Refused(FileChangeRefusal::File(FileRefusal::NotAlone { .. }))), "{alone}");

    let restored = restore_version(&cloud.app, &ana, restore(project, "trees.gpkg", first[0])).await;
    let restored = cloud.seen(restored).await;
    cloud.settled(&policies).await;
    assert_held(&cloud, project, &[("trees.gpkg", "1"), ("trees.gpkg-wal", "1")]).await;
    cloud.seen(restore_version(&cloud.app, &ana, restore(project, "trees.gpkg", second[0])).await).await;
    cloud.settled(&policies).await;
    assert_held(&cloud, project, &[("trees.gpkg", "2")]).await;
    // Deleting the newest version makes the one before current again.
    cloud.seen(restore_version(&cloud.app, &ana, restore(project, "trees.gpkg", restored)).await).await;
    let newest = cloud.app.view().file(project, &path("trees.gpkg")).unwrap().unwrap().current.id;
    let remove = DeleteVersion { command_id: None, resource: project, path: "trees.gpkg".into(), version: newest };
    cloud.seen(delete_version(&cloud.app, &ana, remove).await).await;
    cloud.settled(&policies).await;
    assert_held(&cloud, project, &[("trees.gpkg", "2")]).await;
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shapefile_is_restored_and_deleted_as_a_whole() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Trees").await;
    let all = |n| [("t.dbf", n), ("t.prj", "p"), ("t.shp", n), ("t.shx", n)];
    let first = put(&cloud, &ana, project, &all("1")).await;
    put(&cloud, &ana, project, &[("t.qix", "1"), ("t.qml", "s"), ("list.csv", "c")]).await;
    put(&cloud, &ana, project, &all("2")).await;
    cloud.settled(&policies).await;
    let rest = [("t.qml", "s")];
    let shown = |n: &'static str| [[("list.csv", "c")].as_slice(), &all(n)[..2], &rest, &all(n)[2..]].concat();
    assert_held(&cloud, project, &shown("2")).await;
    cloud.seen(restore_version(&cloud.app, &ana, restore(project, "t.shp", first[2])).await).await;
    cloud.settled(&policies).await;
    let with_index = [&shown("1")[..3], &[("t.qix", "1")], &shown("1")[3..]].concat();
    assert_held(&cloud, project, &with_index).await;

    let delete = |name: &str| DeleteFile { command_id: None, resource: project, path: name.into() };
    cloud.seen(delete_file(&cloud.app, &ana, delete("t.shp")).await).await;
    cloud.settled(&policies).await;
    assert_held(&cloud, project, &[("list.csv", "c"), ("t.qml", "s")]).await;
    // Clients delete one by one.
    delete_file(&cloud.app, &ana, delete("t.shx")).await.unwrap();
    policies.shutdown().await;
}

/// A job that was given what the project holds now.
struct Working {
    job: JobId,
    attempt: u32,
    inputs: JobInputs,
}

async fn begin(cloud: &Cloud, project: ResourceId) -> Working {
    let (worker, job) = (Viewer::system(None), waiting(cloud, project));
    let attempt = cloud.seen(claim_job(&cloud.app, &worker, claim(job)).await).await;
    let view = cloud.app.view();
    let deltas = view.pending_deltas(project, 100, 1_000_000).unwrap().into_iter().map(|delta| delta.id).collect();
    let current = view.all_current_versions(project).unwrap().into_iter();
    let files = current.map(|row| InputFile { path: row.path, digest: row.digest, size: row.size }).collect();
    let inputs = JobInputs { files, deltas, ..JobInputs::default() };
    let list = cloud.app.storage().put_bytes(inputs.to_json()).await.unwrap().digest;
    cloud.seen(start_job(&cloud.app, &worker, StartJob { inputs: list, ..start(job, attempt) }).await).await;
    Working { job, attempt, inputs }
}

impl Working {
    fn given(&self, name: &str) -> Sha256Digest {
        self.inputs.files.iter().find(|file| file.path == path(name)).unwrap().digest
    }

    async fn finish(&self, cloud: &Cloud, content: &str, removed: &[&str]) {
        let item = |id| json!({ "delta_id": id, "status": "status_applied", "modified_pk": "1", "msg": "done" });
        let told = json!(self.inputs.deltas.iter().map(item).collect::<Vec<_>>()).to_string();
        let mut outputs = vec![];
        for (name, content) in [(DELTA_OUTCOMES, told.as_str()), ("trees.gpkg", content)] {
            let blob = cloud.app.storage().put_bytes(content.to_owned().into()).await.unwrap();
            outputs.push(JobOutput {
                name: name.to_owned(),
                digest: blob.digest,
                size: blob.size,
                media_type: "application/octet-stream".to_owned(),
                etag: Some(blob.etag),
                replaces: (name != DELTA_OUTCOMES).then(|| self.given(name)),
            });
        }
        let removed = removed.iter().map(|name| RemovedInput { path: path(name), digest: self.given(name) }).collect();
        let (job, attempt, run) = (self.job, self.attempt, RunRecord::default());
        let finish = FinishJob { command_id: None, job, attempt, outputs, removed, run };
        cloud.seen(finish_job(&cloud.app, &Viewer::system(None), finish).await).await;
    }
}

/// A database with a log, from a program that sends logs first.
async fn with_log(cloud: &Cloud, ana: &Viewer) -> ResourceId {
    let project = with_file(cloud, ana).await;
    put(cloud, ana, project, &[("trees.gpkg-wal", "1"), ("trees.gpkg", &database(true, "1"))]).await;
    cloud.seen(push(cloud, ana, project, &delta_file(project, &[delta("patch")])).await).await;
    project
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_job_took_in_is_gone_with_its_results() {
    for says_so in [true, false] {
        let cloud = Cloud::start().await;
        let policies = cloud.policies("policies").await;
        let ana = cloud.person("ana").await;
        let project = with_log(&cloud, &ana).await;
        cloud.settled(&policies).await;
        let working = begin(&cloud, project).await;
        let removed: &[&str] = if says_so { &["trees.gpkg-wal"] } else { &[] };
        working.finish(&cloud, &database(false, "2"), removed).await;
        cloud.settled(&policies).await;
        assert_held(&cloud, project, &[("trees.gpkg", "2")]).await;
        assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied]);
        let because = match says_so {
            true => SetAside::TakenIn { job: working.job },
            false => SetAside::LeftOver { main: path("trees.gpkg") },
        };
        assert_eq!(reasons(&cloud).await, [because]);
        // Whoever has the file open still sends the log of what was there before.
        put(&cloud, &ana, project, &[("trees.gpkg-wal", "3")]).await;
        cloud.settled(&policies).await;
        assert_held(&cloud, project, &[("trees.gpkg", "2")]).await;
        // With the database that it was written for, it counts.
        put(&cloud, &ana, project, &[("trees.gpkg", &database(true, "4"))]).await;
        cloud.settled(&policies).await;
        assert_held(&cloud, project, &[("trees.gpkg", "4"), ("trees.gpkg-wal", "3")]).await;
        policies.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_came_meanwhile_makes_the_results_out_of_date() {
    for (name, content) in [("trees.gpkg-wal", "2"), ("trees.gpkg-journal", "2")] {
        let cloud = Cloud::start().await;
        let policies = cloud.policies("policies").await;
        let ana = cloud.person("ana").await;
        let project = with_log(&cloud, &ana).await;
        cloud.settled(&policies).await;
        let working = begin(&cloud, project).await;
        put(&cloud, &ana, project, &[(name, content)]).await;
        working.finish(&cloud, &database(false, "3"), &["trees.gpkg-wal"]).await;
        cloud.settled(&policies).await;
        assert_eq!(statuses(&cloud, project), [DeltaStatus::Pending], "{name}");
        let all: Vec<_> = held(&cloud, project).await.into_iter().map(|(_, end)| end).collect();
        assert!(all.contains(&"2".to_owned()) && !all.contains(&"3".to_owned()), "{name}: {all:?}");
        let again = begin(&cloud, project).await;
        let removed: Vec<_> =
            again.inputs.files.iter().map(|file| file.path.as_str()).filter(|p| p.contains("gpkg-")).collect();
        again.finish(&cloud, &database(false, "4"), &removed).await;
        cloud.settled(&policies).await;
        assert_held(&cloud, project, &[("trees.gpkg", "4")]).await;
        assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied]);
        policies.shutdown().await;
    }
}
