//! What managers decide about a project, whose it is, and what follows for its files.

use fieldlog_commands::file::{DeleteFile, FileChangeRefusal, UploadRefusal, delete_file, upload_file};
use fieldlog_commands::project::*;
use fieldlog_commands::{CommandError, Done, Viewer};
use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::{ChangeSettings, Visibility};
use fieldlog_domain::shared::{ClientType, Role};

use crate::cloud::{Cloud, body, upload};

fn change(project: ResourceId) -> ChangeProject {
    ChangeProject { project, ..ChangeProject::default() }
}

async fn settle(cloud: &Cloud, viewer: &Viewer, settings: ChangeSettings, project: ResourceId) {
    let change = ChangeProject { settings, ..change(project) };
    cloud.seen(change_project(&cloud.app, viewer, change).await).await;
}

fn refusal<T: std::fmt::Debug, R: std::fmt::Debug>(answer: Result<Done<T>, CommandError<R>>) -> R {
    match answer {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_goes_to_another_owner_with_its_name_and_the_former_owner_has_it_free() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let project = cloud.project(&ana, "Bees").await;
    let give = ChangeProject { owner: ben.account, visibility: Some(Visibility::Public), ..change(project) };
    cloud.seen(change_project(&cloud.app, &ana, give).await).await;
    let row = cloud.app.view().resource(project).unwrap().unwrap();
    assert_eq!((Some(row.owner), row.visibility), (ben.account, Visibility::Public));
    let role = |viewer: &Viewer| cloud.app.view().role_of(project, viewer.account).unwrap().map(|found| found.role);
    assert_eq!((role(&ben), role(&ana)), (Some(Role::Admin), Some(Role::Reader)));
    // The name is free for the former owner and taken for the new one.
    let second = cloud.project(&ana, "Bees").await;
    let give = ChangeProject { owner: ben.account, ..change(second) };
    assert!(matches!(refusal(change_project(&cloud.app, &ana, give).await), ProjectRefusal::NameTaken { .. }));
    let row = cloud.app.view().resource(second).unwrap().unwrap();
    assert_eq!(Some(row.owner), ana.account, "a refused change changes nothing");
    let give = ChangeProject { owner: ben.account, name: Some("Bees2".into()), ..change(second) };
    cloud.seen(change_project(&cloud.app, &ana, give).await).await;
    cloud.project(&ana, "Bees").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_leaves_the_name_it_claimed_free() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Bees").await;
    let settings = ChangeSettings { public_role: Some(Role::Admin), ..ChangeSettings::default() };
    let bad = ChangeProject { name: Some("Wasps".into()), settings, ..change(project) };
    assert!(matches!(refusal(change_project(&cloud.app, &ana, bad).await), ProjectRefusal::Resource(_)));
    cloud.project(&ana, "Wasps").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_does_not_free_the_name_that_another_change_gave_meanwhile() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let rival = cloud.project(&ana, "Rival").await;
    for number in 0..20 {
        let project = cloud.project(&ana, &format!("Bees-{number}")).await;
        let name = format!("Wasps-{number}");
        let settings = ChangeSettings { public_role: Some(Role::Admin), ..ChangeSettings::default() };
        let good = ChangeProject { name: Some(name.clone()), ..change(project) };
        let bad = ChangeProject { settings, ..good.clone() };
        let (good, bad) = tokio::join!(change_project(&cloud.app, &ana, good), change_project(&cloud.app, &ana, bad));
        good.unwrap();
        assert!(matches!(refusal(bad), ProjectRefusal::Resource(_)));
        let steal = ChangeProject { name: Some(name), ..change(rival) };
        assert!(matches!(refusal(change_project(&cloud.app, &ana, steal).await), ProjectRefusal::NameTaken { .. }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_the_role_that_a_public_project_gives() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let project = cloud.public_project(&ana, "Bees").await;
    let answer = cloud.upload(&ben, project, "a.txt", "a").await;
    assert!(matches!(answer, Err(CommandError::Forbidden)), "{answer:?}");
    let settings = ChangeSettings { public_role: Some(Role::Reporter), ..ChangeSettings::default() };
    settle(&cloud, &ana, settings, project).await;
    cloud.upload(&ben, project, "a.txt", "a").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn restricted_files_are_changed_by_managers_only() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let project = cloud.project(&ana, "Bees").await;
    cloud.collaborator(&ana, project, &ben, Role::Editor).await;
    cloud.upload(&ana, project, "bees.qgs", "<qgis/>").await.unwrap();
    cloud.upload(&ben, project, "bees.qml", "one").await.unwrap();
    let settings = ChangeSettings { has_restricted_files: Some(true), ..ChangeSettings::default() };
    settle(&cloud, &ana, settings, project).await;
    for path in ["bees.qgs", "bees.qml", "folder/bees.qgd", "bees_attachments.zip"] {
        assert_eq!(refusal(cloud.upload(&ben, project, path, "two").await), UploadRefusal::Restricted, "{path}");
        cloud.upload(&ana, project, path, "two").await.unwrap();
    }
    let delete = DeleteFile { command_id: None, resource: project, path: "bees.qml".into() };
    assert_eq!(refusal(delete_file(&cloud.app, &ben, delete).await), FileChangeRefusal::Restricted);
    for path in ["wasps.qml", "data.gpkg", "notbees.qml"] {
        cloud.upload(&ben, project, path, "free").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_quota_nothing_is_taken_but_what_comes_from_the_field() {
    let cloud = Cloud::with(|settings| settings.storage_quota = Some(10)).await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, project, "a.txt", "12345").await.unwrap();
    cloud.upload(&ana, project, "a.txt", "67890").await.unwrap();
    let found = refusal(cloud.upload(&ana, project, "b.txt", "x").await);
    assert_eq!(found, UploadRefusal::OverQuota { quota: 10, used: 10, size: 1 });
    let qfield = Viewer { client: ClientType::Qfield, ..ana.clone() };
    cloud.upload(&qfield, project, "DCIM/photo.jpg", "photo").await.unwrap();
    let delete = DeleteFile { command_id: None, resource: project, path: "a.txt".into() };
    cloud.seen(delete_file(&cloud.app, &ana, delete).await).await;
    cloud.upload(&ana, project, "b.txt", "x").await.unwrap();
    assert_eq!(cloud.app.view().storage_used(ana.account.unwrap()).unwrap(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_file_that_is_none_is_refused_where_that_is_asked_for() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = cloud.project(&ana, "Bees").await;
    let strictly = |content: &'static str| {
        let input = fieldlog_commands::file::UploadFile { refuses_unreadable: true, ..upload(project, "bees.qgs") };
        upload_file(&cloud.app, &ana, input, body(content))
    };
    assert_eq!(refusal(strictly("<html/>").await), UploadRefusal::NotReadable);
    assert_eq!(cloud.count("file_version_added").await, 0);
    strictly("<qgis version=\"3.40.2-Bratislava\"/>").await.unwrap();
    cloud.upload(&ana, project, "bees.qgs", "<html/>").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_beyond_those_that_are_kept_are_purged_and_stay_in_the_log() {
    let cloud = Cloud::with(|settings| settings.keep_versions = Some(3)).await;
    let ana = cloud.person("ana").await;
    let policies = cloud.policies("policies").await;
    let project = cloud.project(&ana, "Bees").await;
    let whole = |path: &'static str| {
        let rows = cloud.app.view().all_versions(project).unwrap();
        rows.into_iter().filter(|row| row.path.as_str() == path).map(|row| row.number).collect::<Vec<_>>()
    };
    for number in 0..5 {
        cloud.upload(&ana, project, "a.txt", &format!("version {number}")).await.unwrap();
    }
    cloud.settled(&policies).await;
    assert_eq!(whole("a.txt"), [5, 4, 3]);
    assert_eq!(cloud.count("file_version_added").await, 5);
    let settings = ChangeSettings { keep_versions: Some(Some(1)), ..ChangeSettings::default() };
    settle(&cloud, &ana, settings, project).await;
    cloud.upload(&ana, project, "a.txt", "the last").await.unwrap();
    cloud.settled(&policies).await;
    assert_eq!(whole("a.txt"), [6]);
    policies.shutdown().await;
}
