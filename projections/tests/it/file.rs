//! Files, versions and blobs.

use fieldlog_domain::file::{FileEvent, VersionSource};
use fieldlog_domain::job::{JobError, JobErrorKind, JobEvent, JobOutput, RunRecord};
use fieldlog_domain::resource::*;
use fieldlog_domain::shared::{FilePath, ResourceName};
use fieldlog_domain::{AccountId, FileId, JobId, Md5Digest, ResourceId, Sha256Digest, StreamKind, VersionId};
use fieldlog_projections::{Page, View};
use uuid::Uuid;

use crate::world::World;

fn path(text: &str) -> FilePath {
    FilePath::try_new(text).unwrap()
}

fn added(resource: ResourceId, at: &str, version: VersionId, content: &str) -> FileEvent {
    FileEvent::FileVersionAdded {
        resource,
        path: path(at),
        version,
        digest: Sha256Digest::of(content.as_bytes()),
        md5: Some(Md5Digest([3; 16])),
        etag: "etag".to_owned(),
        size: content.len() as u64,
        media_type: "text/plain".to_owned(),
        source: VersionSource::Job { job: JobId(Uuid::from_u128(9)) },
    }
}

async fn give(world: &World, resource: ResourceId, at: &str, events: Vec<FileEvent>) {
    world.given(StreamKind::File, FileId::of(resource, &path(at)).uuid(), Some(resource), events).await;
}

fn totals(view: &View, resource: ResourceId) -> (u64, u64) {
    let row = view.resource(resource).unwrap().unwrap();
    (row.file_count, row.total_bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_holds_its_last_version_that_was_not_deleted() {
    let world = World::new();
    let resource = ResourceId(Uuid::new_v4());
    let [v1, v2, v3, v4, v5] = [(); 5].map(|()| VersionId(Uuid::new_v4()));
    let registered = ResourceEvent::ResourceRegistered {
        kind: ResourceKind::Project,
        owner: AccountId(Uuid::new_v4()),
        name: ResourceName::try_new("x").unwrap(),
        description: String::new(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
    };
    world.given(StreamKind::Resource, resource.uuid(), Some(resource), vec![registered]).await;
    world.pass(5);
    give(&world, resource, "b.txt", vec![added(resource, "b.txt", v4, "other")]).await;
    give(&world, resource, "A.txt", vec![added(resource, "A.txt", v1, "1"), added(resource, "A.txt", v2, "22")]).await;
    let model = world.model().await;
    let view = model.view();
    let file = view.file(resource, &path("A.txt")).unwrap().unwrap();
    assert_eq!((file.current.id, file.current.number, file.version_count), (v2, 2, 2));
    assert_eq!((file.current.size, file.current.md5, file.current.is_current), (2, Some(Md5Digest([3; 16])), true));
    assert_eq!(file.current.source, VersionSource::Job { job: JobId(Uuid::from_u128(9)) });
    assert_eq!(
        view.file(resource, &path("a.TXT")).unwrap().unwrap().path,
        path("A.txt"),
        "another case is the same name"
    );
    let colliding = |text| view.colliding_file(resource, &path(text)).unwrap().map(|path| path.to_string());
    assert_eq!(colliding("a.TXT"), None, "it is the file itself");
    assert_eq!(colliding("a.txt/b"), Some("A.txt".to_owned()));
    assert_eq!(colliding("a.txt0"), None);
    let listed = view.files(resource, Page::first(10)).unwrap().rows;
    assert_eq!(listed.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["A.txt", "b.txt"]);
    assert_eq!(listed[0], file);
    assert_eq!(totals(&view, resource), (2, 7));
    assert_eq!(view.resource(resource).unwrap().unwrap().changed_at, world.now(), "its files changed");

    give(&world, resource, "A.txt", vec![FileEvent::FileVersionRestored { version: v3, restored: v1 }]).await;
    world.caught_up(&model).await;
    let restored = view.version(v3).unwrap().unwrap();
    assert_eq!((restored.number, restored.size, restored.restored), (3, 1, Some(v1)));
    assert_eq!(restored.digest, Sha256Digest::of(b"1"));
    assert_eq!(totals(&view, resource), (2, 6));

    give(&world, resource, "A.txt", vec![FileEvent::FileVersionDeleted { version: v3 }]).await;
    give(&world, resource, "A.txt", vec![FileEvent::FileVersionDeleted { version: v1 }]).await;
    world.caught_up(&model).await;
    let versions = view.versions(file.id, Page::first(10)).unwrap().rows;
    assert_eq!(versions.iter().map(|it| (it.id, it.is_current)).collect::<Vec<_>>(), [(v2, true)]);
    assert!(view.version(v1).unwrap().unwrap().is_deleted);
    assert_eq!(totals(&view, resource), (2, 7));

    give(&world, resource, "A.txt", vec![FileEvent::FileDeleted { because: None }]).await;
    world.caught_up(&model).await;
    assert_eq!(view.file(resource, &path("A.txt")).unwrap(), None);
    assert_eq!(view.versions(file.id, Page::first(10)).unwrap().rows, []);
    assert_eq!(totals(&view, resource), (1, 5));

    give(&world, resource, "a.TXT", vec![added(resource, "a.TXT", v5, "back")]).await;
    world.caught_up(&model).await;
    let back = view.file(resource, &path("a.TXT")).unwrap().unwrap();
    assert_eq!((back.id, back.current.number, back.version_count), (file.id, 4, 1));
    let all = view.all_current_versions(resource).unwrap();
    assert_eq!(all.iter().map(|it| it.id).collect::<Vec<_>>(), [v5, v4]);
    assert_eq!(totals(&view, resource), (2, 9));
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_needed_until_every_version_of_it_is_purged() {
    let world = World::new();
    let resource = ResourceId(Uuid::new_v4());
    let [v1, v2, v3] = [(); 3].map(|()| VersionId(Uuid::new_v4()));
    let shared = Sha256Digest::of(b"same");
    give(
        &world,
        resource,
        "a",
        vec![
            added(resource, "a", v1, "same"),
            added(resource, "a", v2, "new"),
            FileEvent::FileVersionDeleted { version: v1 },
        ],
    )
    .await;
    give(&world, resource, "b", vec![added(resource, "b", v3, "same"), FileEvent::FileDeleted { because: None }]).await;
    let model = world.model().await;
    let view = model.view();
    assert!(view.is_blob_referenced(&shared).unwrap(), "a deleted version keeps its bytes");
    give(&world, resource, "a", vec![FileEvent::FileVersionPurged { version: v1 }]).await;
    world.caught_up(&model).await;
    assert!(view.is_blob_referenced(&shared).unwrap(), "another version has the same bytes");
    give(&world, resource, "b", vec![FileEvent::FileVersionPurged { version: v3 }]).await;
    world.caught_up(&model).await;
    assert!(!view.is_blob_referenced(&shared).unwrap());
    let unknown = Sha256Digest::of(b"unknown");
    assert_eq!(view.orphans_among(&[unknown, Sha256Digest::of(b"new"), shared]).unwrap(), [unknown, shared]);
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_jobs_read_printed_and_made_is_needed() {
    let world = World::new();
    let digest = |text: &str| Sha256Digest::of(text.as_bytes());
    let run = |log: &str| RunRecord { log: Some(digest(log)), ..RunRecord::default() };
    let output = JobOutput {
        name: "x".to_owned(),
        digest: digest("output"),
        size: 1,
        media_type: "x".to_owned(),
        etag: None,
        replaces: None,
    };
    let started = JobEvent::JobStarted {
        attempt: 1,
        container: "c".to_owned(),
        image: "i".to_owned(),
        image_digest: "d".to_owned(),
        inputs: digest("inputs"),
    };
    let finished = JobEvent::JobFinished { attempt: 1, outputs: vec![output], removed: vec![], run: run("log") };
    let error = JobError { kind: JobErrorKind::Timeout, message: "late".to_owned(), step: None };
    let failed = JobEvent::JobFailed { attempt: 1, error, run: run("other log") };
    world.given(StreamKind::Job, Uuid::new_v4(), None, vec![started, finished]).await;
    world.given(StreamKind::Job, Uuid::new_v4(), None, vec![failed]).await;
    let view = world.view().await;
    let all = ["inputs", "output", "log", "other log", "nothing"].map(digest);
    assert_eq!(view.orphans_among(&all).unwrap(), [digest("nothing")]);
}
