//! What Fieldlog does by itself.

use std::time::Duration;

use chrono::TimeDelta;
use fieldlog_commands::account::{AddMember, RemoveMember, add_member, remove_member};
use fieldlog_commands::file::{DeleteFile, FindFile, RestoreVersion, delete_file, find_file, restore_version};
use fieldlog_commands::job::{FailJob, FinishJob, claim_job, fail_job, finish_job};
use fieldlog_commands::policies::collect_orphan_blobs;
use fieldlog_commands::project::{RetireProject, retire_project};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::job::{JobCause, JobError, JobErrorKind, JobOutput, JobState, RunRecord};
use fieldlog_domain::resource::{RevisionState, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{JobId, ResourceId, Sha256Digest};
use fieldlog_projections::{ListJobs, Page};
use serde_json::json;

use crate::cloud::{Cloud, anonymous};
use crate::jobs::claim;

pub fn jobs(cloud: &Cloud, resource: ResourceId) -> Vec<fieldlog_projections::JobRow> {
    let list = ListJobs { resource: Some(resource), states: None, page: Page::first(10) };
    cloud.app.view().jobs(list).unwrap().rows
}

fn feedback() -> serde_json::Value {
    json!({"outputs": {"project_details": {"project_details": {
        "project_name": "Bees", "crs": "EPSG:3857", "extent": "Polygon ((1 2, 3 2, 3 4, 1 4, 1 2))",
        "ordered_layer_ids": ["b", "a"], "attachment_dirs": ["DCIM"],
        "problems": [{"layer_id": "a", "layer_name": "Hives", "code": "newer_qgis", "message": "the glow is lost"}],
        "layers_by_id": {
            "a": {"name": "Hives", "is_valid": true, "type_name": "Vector", "filename": null},
            "b": {"name": "Meadows", "is_valid": false, "error_code": "invalid_dataprovider"}}}}}})
}

pub async fn finish(cloud: &Cloud, job: JobId, feedback: serde_json::Value) {
    let worker = Viewer::system(None);
    let attempt = claim_job(&cloud.app, &worker, claim(job)).await.unwrap().value;
    let thumbnail = cloud.app.storage().put_bytes("png".into()).await.unwrap();
    let outputs = vec![JobOutput {
        name: "thumbnail.png".into(),
        digest: thumbnail.digest,
        size: thumbnail.size,
        media_type: "image/png".into(),
        etag: None,
        replaces: None,
    }];
    let run = RunRecord { exit_code: Some(0), feedback, log: None };
    cloud
        .seen(
            finish_job(
                &cloud.app,
                &worker,
                FinishJob { command_id: None, job, attempt, outputs, removed: vec![], run },
            )
            .await,
        )
        .await;
}

async fn fail(cloud: &Cloud, job: JobId) {
    let worker = Viewer::system(None);
    let attempt = claim_job(&cloud.app, &worker, claim(job)).await.unwrap().value;
    let error =
        JobError { kind: JobErrorKind::InvalidProjectFile, message: "line 3: not well-formed".into(), step: None };
    let run = RunRecord::default();
    cloud.seen(fail_job(&cloud.app, &worker, FailJob { command_id: None, job, attempt, error, run }).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_project_file_becomes_what_readers_see_once_qgis_could_read_it() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.project(&ana, "Bees").await;
    cloud.collaborator(&ana, bees, &ben, Role::Reader).await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis>1</qgis>").await.unwrap();
    cloud.settled(&policies).await;
    let requested = jobs(&cloud, bees);
    assert_eq!(
        (requested.len(), requested[0].cause, requested[0].requester),
        (1, JobCause::RevisionStaged, ana.account)
    );

    let find = || FindFile { resource: bees, path: "project.qgs".into(), version: None };
    let as_seen_by = |viewer: &Viewer| find_file(&cloud.app, viewer, &cloud.app.view(), find()).map(|row| row.number);
    assert_eq!((as_seen_by(&ana), as_seen_by(&ben)), (Ok(1), Err(CommandError::NotFound("file"))));

    finish(&cloud, requested[0].id, feedback()).await;
    cloud.settled(&policies).await;
    let row = cloud.app.view().resource(bees).unwrap().unwrap();
    let details = cloud.app.view().details(row.ready.unwrap()).unwrap().unwrap();
    assert_eq!(details.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), ["Meadows", "Hives"]);
    let said = details.problems.iter().map(|said| (said.layer_id.as_str(), said.code.as_str(), said.message.as_str()));
    assert_eq!(said.collect::<Vec<_>>(), [("a", "newer_qgis", "the glow is lost")]);
    assert_eq!((row.extent.unwrap().east, row.thumbnail.unwrap().size), (3.0, 3));
    assert_eq!((as_seen_by(&ana), as_seen_by(&ben)), (Ok(1), Ok(1)));

    // A second state that QGIS cannot read: readers go on seeing the first.
    cloud.upload(&ana, bees, "project.qgs", "<qgis>").await.unwrap();
    cloud.settled(&policies).await;
    let second = jobs(&cloud, bees).into_iter().find(|job| !job.state.is_final()).unwrap();
    fail(&cloud, second.id).await;
    cloud.settled(&policies).await;
    let row = cloud.app.view().resource(bees).unwrap().unwrap();
    let rejected = cloud.app.view().revision(row.latest.unwrap()).unwrap().unwrap();
    assert_eq!(
        (rejected.state, rejected.reason.unwrap().code.as_str()),
        (RevisionState::Rejected, "INVALID_PROJECT_FILE")
    );
    assert_eq!((as_seen_by(&ana), as_seen_by(&ben)), (Ok(2), Ok(1)));
    let unready = FindFile { version: Some(rejected.version), ..find() };
    assert_eq!(find_file(&cloud.app, &ben, &cloud.app.view(), unready).unwrap_err(), CommandError::NotFound("version"));
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_project_file_is_looked_at_again() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let first = cloud.upload(&ana, bees, "project.qgz", "1").await.unwrap().value;
    cloud.upload(&ana, bees, "project.qgz", "2").await.unwrap();
    cloud.upload(&ana, bees, "trees.gpkg", "x").await.unwrap();
    cloud.settled(&policies).await;
    let restore =
        RestoreVersion { command_id: None, resource: bees, path: "project.qgz".into(), version: first.version };
    let restored = cloud.seen(restore_version(&cloud.app, &ana, restore).await).await;
    cloud.settled(&policies).await;
    let latest = cloud.app.view().resource(bees).unwrap().unwrap().latest.unwrap();
    assert_eq!(cloud.app.view().revision(latest).unwrap().unwrap().version, restored);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_says_nothing_about_the_project_rejects_its_revision() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    cloud.settled(&policies).await;
    finish(&cloud, jobs(&cloud, bees)[0].id, json!({"outputs": []})).await;
    cloud.settled(&policies).await;
    let row = cloud.app.view().resource(bees).unwrap().unwrap();
    let latest = cloud.app.view().revision(row.latest.unwrap()).unwrap().unwrap();
    assert_eq!((row.ready, latest.reason.unwrap().code.as_str()), (None, "BAD_FEEDBACK"));
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_replayed_from_the_start_change_nothing() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("first").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    for content in ["1", "2", "3"] {
        cloud.upload(&ana, bees, "project.qgs", content).await.unwrap();
    }
    cloud.settled(&policies).await;
    for job in jobs(&cloud, bees).into_iter().filter(|job| !job.state.is_final()) {
        finish(&cloud, job.id, feedback()).await;
    }
    cloud.settled(&policies).await;
    let delete = DeleteFile { command_id: None, resource: bees, path: "project.qgs".into() };
    cloud.seen(delete_file(&cloud.app, &ana, delete).await).await;
    cloud.upload(&ana, bees, "other.qgs", "4").await.unwrap();
    let gone = cloud.project_for(&ana, None, "Gone", Visibility::Public).await;
    cloud.seen(retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: gone }).await).await;
    cloud.settled(&policies).await;
    policies.shutdown().await;

    let events = cloud.feed().await;
    let again = cloud.policies("second").await;
    cloud.settled(&again).await;
    again.shutdown().await;
    assert_eq!(cloud.feed().await.len(), events.len());
    // And from where they were, there is nothing left to do.
    let resumed = cloud.policies("first").await;
    assert_eq!(resumed.position(), events.last().unwrap().position);
    resumed.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_in_two_processes_do_nothing_twice() {
    let cloud = Cloud::start().await;
    let other = cloud.another_process().await;
    let policies = cloud.policies("one").await;
    let beside = fieldlog_commands::policies::Policies::start(&other, &cloud.dir.path().join("two")).await.unwrap();
    let ana = cloud.person("ana").await;
    for n in 0..5 {
        let project = cloud.project(&ana, &format!("P-{n}")).await;
        cloud.upload(&ana, project, "project.qgs", "<qgis/>").await.unwrap();
    }
    cloud.settled(&policies).await;
    cloud.settled(&beside).await;
    assert_eq!((cloud.count("revision_staged").await, cloud.count("job_requested").await), (5, 5));
    policies.shutdown().await;
    beside.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn during_an_outage_the_policies_wait_and_skip_nothing() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.settled(&policies).await;
    // The two appends of the upload succeed; whatever the policies then write does not.
    cloud.log.crash_after(2);
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.ok();
    cloud.log.come_back();
    cloud.settled(&policies).await;
    assert_eq!((cloud.count("revision_staged").await, cloud.count("job_requested").await), (1, 1));
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_broke_off_still_makes_room_for_another_project_file() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    cloud.log.crash_after(1);
    let delete = DeleteFile { command_id: None, resource: bees, path: "project.qgs".into() };
    delete_file(&cloud.app, &ana, delete).await.unwrap_err();
    cloud.log.come_back();
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    assert_eq!(cloud.app.view().resource(bees).unwrap().unwrap().project_file, None);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_of_a_retired_project_are_cancelled() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    cloud.settled(&policies).await;
    cloud.seen(retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: bees }).await).await;
    cloud.settled(&policies).await;
    assert_eq!(jobs(&cloud, bees)[0].state, JobState::Cancelled);
    assert_eq!(
        find_file(
            &cloud.app,
            &anonymous(),
            &cloud.app.view(),
            FindFile { resource: bees, path: "a".into(), version: None }
        )
        .unwrap_err(),
        CommandError::NotFound("resource")
    );
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_an_organization_no_longer_works_on_its_projects() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let hives = cloud.organization(&ana, "hives").await;
    let (organization, member) = (hives, ben.account.unwrap());
    let add = AddMember { command_id: None, organization, member, role: MemberRole::Member };
    cloud.seen(add_member(&cloud.app, &ana, add).await).await;
    let theirs = cloud.project_for(&ana, Some(hives), "Bees", Visibility::Private).await;
    let anas = cloud.project(&ana, "Wasps").await;
    for project in [theirs, anas] {
        cloud.collaborator(&ana, project, &ben, Role::Editor).await;
    }
    let remove = RemoveMember { command_id: None, organization, member };
    cloud.seen(remove_member(&cloud.app, &ana, remove).await).await;
    cloud.settled(&policies).await;
    let role = |project| cloud.app.view().role_of(project, Some(member)).unwrap().map(|found| found.role);
    assert_eq!((role(theirs), role(anas)), (None, Some(Role::Editor)));
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_that_nobody_needs_go_after_their_grace_and_the_others_stay() {
    let cloud = Cloud::with(|settings| settings.orphan_grace = Duration::from_secs(3600)).await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let kept = cloud.upload(&ana, bees, "a.txt", "kept").await.unwrap().value.digest;
    let orphan = cloud.app.storage().put_bytes("orphan".into()).await.unwrap().digest;
    assert_eq!(collect_orphan_blobs(&cloud.app).await.unwrap().blobs, 0, "too young");
    cloud.clock.advance(TimeDelta::hours(2));
    let done = collect_orphan_blobs(&cloud.app).await.unwrap();
    assert_eq!((done.blobs, done.bytes), (1, 6));
    let exists = |digest: Sha256Digest| {
        let storage = cloud.app.storage().clone();
        async move { storage.exists(&digest).await.unwrap() }
    };
    assert!(exists(kept).await && !exists(orphan).await);
    // The same content again, and this time somebody refers to it.
    let again = cloud.upload(&ana, bees, "b.txt", "orphan").await.unwrap().value.digest;
    assert_eq!(collect_orphan_blobs(&cloud.app).await.unwrap().blobs, 0);
    assert!(exists(again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_log_no_blob_is_collected() {
    let cloud = Cloud::with(|settings| settings.orphan_grace = Duration::ZERO).await;
    cloud.app.storage().put_bytes("orphan".into()).await.unwrap();
    cloud.clock.advance(TimeDelta::hours(1));
    cloud.log.go_away();
    assert!(matches!(collect_orphan_blobs(&cloud.app).await, Err(CommandError::Unavailable(_))));
    cloud.log.come_back();
    assert_eq!(collect_orphan_blobs(&cloud.app).await.unwrap().blobs, 1);
}
