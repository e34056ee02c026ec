//! Files and their versions.

use bytes::Bytes;
use fieldlog_commands::file::*;
use fieldlog_commands::project::{RetireProject, retire_project};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::file::FileRefusal;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, ResourceId, Sha256Digest, VersionId};
use fieldlog_storage::Expected;
use futures::{TryStreamExt, stream};
use uuid::Uuid;

use crate::cloud::{Cloud, anonymous, body, unread, upload};

async fn content(
    cloud: &Cloud,
    viewer: &Viewer,
    resource: ResourceId,
    path: &str,
    version: Option<VersionId>,
) -> String {
    let find = FindFile { resource, path: path.into(), version };
    let opened = open_file(&cloud.app, viewer, &cloud.app.view(), find, None).await.unwrap();
    let bytes: Vec<Bytes> = opened.reader.stream.try_collect().await.unwrap();
    String::from_utf8(bytes.concat()).unwrap()
}

fn delete(resource: ResourceId, path: &str) -> DeleteFile {
    DeleteFile { command_id: None, resource, path: path.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_come_and_can_be_read_restored_and_deleted() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let first = cloud.upload(&ana, bees, "data/trees.geojson", "one").await.unwrap().value;
    let second = cloud.upload(&ana, bees, "data/trees.geojson", "two").await.unwrap().value;
    assert_eq!((first.media_type.as_str(), first.size), ("application/geo+json", 3));
    assert_eq!(content(&cloud, &ana, bees, "data/trees.geojson", None).await, "two");
    assert_eq!(content(&cloud, &ana, bees, "data/trees.geojson", Some(first.version)).await, "one");

    let restore =
        RestoreVersion { command_id: None, resource: bees, path: "data/trees.geojson".into(), version: first.version };
    let restored = cloud.seen(restore_version(&cloud.app, &ana, restore).await).await;
    assert_eq!(content(&cloud, &ana, bees, "data/trees.geojson", None).await, "one");
    let remove =
        |version| DeleteVersion { command_id: None, resource: bees, path: "data/trees.geojson".into(), version };
    cloud.seen(delete_version(&cloud.app, &ana, remove(restored)).await).await;
    assert_eq!(content(&cloud, &ana, bees, "data/trees.geojson", None).await, "two");
    assert_eq!(delete_version(&cloud.app, &ana, remove(restored)).await.unwrap().receipt, None);
    cloud.seen(delete_version(&cloud.app, &ana, remove(first.version)).await).await;
    let last = delete_version(&cloud.app, &ana, remove(second.version)).await.unwrap_err();
    assert_eq!(last, CommandError::Refused(FileRefusal::LastVersion.into()));

    cloud.seen(delete_file(&cloud.app, &ana, delete(bees, "data/trees.geojson")).await).await;
    assert_eq!(delete_file(&cloud.app, &ana, delete(bees, "data/trees.geojson")).await.unwrap().receipt, None);
    let none = delete_file(&cloud.app, &ana, delete(bees, "nothing.txt")).await.unwrap_err();
    assert_eq!(none, CommandError::Refused(FileRefusal::NoSuchFile.into()));
    let find = FindFile { resource: bees, path: "data/trees.geojson".into(), version: None };
    assert_eq!(find_file(&cloud.app, &ana, &cloud.app.view(), find).unwrap_err(), CommandError::NotFound("file"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_upload_twice_is_one_version_and_other_bytes_under_its_id_are_refused() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let once = UploadFile { command_id: Some(CommandId(Uuid::now_v7())), ..upload(bees, "project.qgs") };
    let first = upload_file(&cloud.app, &ana, once.clone(), body("<qgis/>")).await.unwrap();
    let events = cloud.feed().await.len();
    assert_eq!(upload_file(&cloud.app, &ana, once.clone(), body("<qgis/>")).await.unwrap(), first);
    cloud.caught_up().await;
    let another = cloud.another_process().await;
    assert_eq!(upload_file(&another, &ana, once.clone(), body("<qgis/>")).await.unwrap(), first);
    let others = upload_file(&cloud.app, &ana, once, body("<qgis version='3'/>")).await.unwrap_err();
    assert!(matches!(others, CommandError::Invalid { field: "command_id", .. }), "{others:?}");
    assert_eq!(cloud.feed().await.len(), events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_found_in_every_spelling_and_keeps_its_name() {
    const OTHER: &str = "DATEN/BA\u{308}UME.GPKG";
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let first = cloud.upload(&ana, bees, "Daten/B\u{e4}ume.gpkg", "one").await.unwrap().value;
    let second = cloud.upload(&ana, bees, OTHER, "two").await.unwrap().value;
    assert_eq!((second.file, second.path.as_str()), (first.file, "Daten/B\u{e4}ume.gpkg"));
    assert_eq!(content(&cloud, &ana, bees, OTHER, None).await, "two");
    assert_eq!(content(&cloud, &ana, bees, OTHER, Some(first.version)).await, "one");
    let restore = RestoreVersion { command_id: None, resource: bees, path: OTHER.into(), version: first.version };
    cloud.seen(restore_version(&cloud.app, &ana, restore).await).await;
    assert_eq!(content(&cloud, &ana, bees, "Daten/B\u{e4}ume.gpkg", None).await, "one");
    cloud.seen(delete_file(&cloud.app, &ana, delete(bees, OTHER)).await).await;
    let again = cloud.upload(&ana, bees, OTHER, "three").await.unwrap().value;
    assert_eq!(again.path.as_str(), OTHER);

    cloud.upload(&ana, bees, "survey.qgs", "<qgis/>").await.unwrap();
    let other = cloud.upload(&ana, bees, "Survey.QGS", "<qgis></qgis>").await.unwrap().value;
    assert_eq!(other.path.as_str(), "survey.qgs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_before_a_byte_is_read() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    cloud.upload(&ana, bees, "Data/Trees.gpkg", "x").await.unwrap();
    for path in ["../../etc/passwd", "/etc/passwd", "a\0b", "a/./b", "con", "", " a", &"x".repeat(5_000)] {
        let answer = upload_file(&cloud.app, &ana, upload(bees, path), unread()).await.unwrap_err();
        assert!(matches!(answer, CommandError::Invalid { field: "path", .. }), "{path:?}: {answer:?}");
    }
    let refused = |answer| match answer {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    };
    for path in ["data/trees.gpkg/x", "DATA", "data/tree\u{17f}.gpkg"] {
        let collides = upload_file(&cloud.app, &ana, upload(bees, path), unread()).await;
        assert!(matches!(refused(collides), UploadRefusal::File(FileRefusal::Collides { .. })), "{path}");
    }
    let second = upload_file(&cloud.app, &ana, upload(bees, "other.qgz"), unread()).await;
    assert!(matches!(refused(second), UploadRefusal::Resource(ResourceRefusal::SecondProjectFile { .. })));
    let odd = UploadFile { media_type: Some("text\r\nX-Evil: 1".into()), ..upload(bees, "a.txt") };
    let odd = upload_file(&cloud.app, &ana, odd, unread()).await.unwrap_err();
    assert!(matches!(odd, CommandError::Invalid { field: "media_type", .. }));
    let hidden = upload_file(&cloud.app, &ben, upload(bees, "a.txt"), unread()).await.unwrap_err();
    assert_eq!(hidden, CommandError::NotFound("resource"));
    cloud.collaborator(&ana, bees, &ben, Role::Reader).await;
    let reader = upload_file(&cloud.app, &ben, upload(bees, "a.txt"), unread()).await.unwrap_err();
    assert_eq!(reader, CommandError::Forbidden);
    cloud.seen(retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: bees }).await).await;
    let retired = upload_file(&cloud.app, &ana, upload(bees, "a.txt"), unread()).await;
    assert_eq!(refused(retired), UploadRefusal::Resource(ResourceRefusal::Retired));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_what_was_announced_leave_nothing() {
    let cloud = Cloud::with(|settings| settings.upload_limit = 10).await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let events = cloud.feed().await.len();
    let expecting = |expected| UploadFile { expected, ..upload(bees, "a.txt") };
    let wrong = Expected { sha256: Some(Sha256Digest::of(b"other")), ..Expected::default() };
    let answer = upload_file(&cloud.app, &ana, expecting(wrong), body("content")).await.unwrap_err();
    assert!(matches!(answer, CommandError::Refused(UploadRefusal::DigestMismatch { .. })), "{answer:?}");
    let longer = Expected { size: Some(9), ..Expected::default() };
    let answer = upload_file(&cloud.app, &ana, expecting(longer), body("content")).await.unwrap_err();
    assert_eq!(answer, CommandError::Refused(UploadRefusal::SizeMismatch { expected: 9, found: 7 }));
    let answer = upload_file(&cloud.app, &ana, upload(bees, "a.txt"), body("eleven byte")).await.unwrap_err();
    assert_eq!(answer, CommandError::Refused(UploadRefusal::TooLarge { limit: 10 }));
    let cut = stream::iter([Ok(Bytes::from_static(b"half")), Err(std::io::Error::other("connection reset"))]);
    let answer = upload_file(&cloud.app, &ana, upload(bees, "a.txt"), cut).await.unwrap_err();
    assert_eq!(answer, CommandError::Refused(UploadRefusal::BodyBrokeOff { received: 4 }));
    assert_eq!(cloud.feed().await.len(), events);
    assert_eq!(cloud.app.storage().list().try_collect::<Vec<_>>().await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_project_files_at_once_one_stays() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let other = cloud.another_process().await;
    for round in 0..8 {
        let project = cloud.project(&ana, &format!("Race-{round}")).await;
        let head = cloud.app.log().head().await.unwrap();
        other.model().wait_until(head, crate::cloud::PATIENCE).await.unwrap();
        let (one, two) = tokio::join!(
            upload_file(&cloud.app, &ana, upload(project, "one.qgs"), body("<qgis/>")),
            upload_file(&other, &ana, upload(project, "two.qgs"), body("<qgis/>")),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        cloud.caught_up().await;
        let files = cloud.app.view().files(project, fieldlog_projections::Page::first(9)).unwrap().rows;
        let row = cloud.app.view().resource(project).unwrap().unwrap();
        assert_eq!(files.iter().map(|file| Some(&file.path)).collect::<Vec<_>>(), [row.project_file.as_ref()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_broke_off_anywhere_does_not_block_the_project_file() {
    for step in 0..2 {
        let cloud = Cloud::start().await;
        let ana = cloud.person("ana").await;
        let bees = cloud.project(&ana, "Bees").await;
        cloud.log.crash_after(step);
        upload_file(&cloud.app, &ana, upload(bees, "lost.qgs"), body("<qgis/>")).await.unwrap_err();
        cloud.log.come_back();
        cloud.upload(&ana, bees, "kept.qgz", "PK").await.unwrap();
        let row = cloud.app.view().resource(bees).unwrap().unwrap();
        assert_eq!(row.project_file.unwrap().as_str(), "kept.qgz", "step {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_project_file_makes_room_for_another_one() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "old.qgs", "<qgis/>").await.unwrap();
    cloud.seen(delete_file(&cloud.app, &ana, delete(bees, "old.qgs")).await).await;
    assert_eq!(cloud.app.view().resource(bees).unwrap().unwrap().project_file, None);
    cloud.upload(&ana, bees, "new.qgs", "<qgis/>").await.unwrap();
    cloud.upload(&ana, bees, "new.qgs", "<qgis version='3'/>").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_reads_what_is_public_only() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let (open, private) = (cloud.public_project(&ana, "Open").await, cloud.project(&ana, "Private").await);
    for project in [open, private] {
        cloud.upload(&ana, project, "a.txt", "hello").await.unwrap();
    }
    assert_eq!(content(&cloud, &anonymous(), open, "a.txt", None).await, "hello");
    let find = FindFile { resource: private, path: "a.txt".into(), version: None };
    assert_eq!(
        find_file(&cloud.app, &anonymous(), &cloud.app.view(), find).unwrap_err(),
        CommandError::NotFound("resource")
    );
}
