//! Projects that are copies of others, or grow from a seed.

use fieldlog_commands::job::*;
use fieldlog_commands::plan::OwnerRefusal;
use fieldlog_commands::project::{CreateProject, ProjectRefusal, create_project};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::job::{JobKind, JobOutput, RunRecord};
use fieldlog_domain::resource::{ProjectSeed, ProjectSettings, ResourceSource, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{JobId, ResourceId, Sha256Digest};
use fieldlog_projections::{JobRow, ListJobs, Page};

use crate::cloud::Cloud;
use crate::jobs::claim;

fn create(name: &str, source: ResourceSource) -> CreateProject {
    CreateProject {
        command_id: None,
        owner: None,
        name: name.to_owned(),
        description: String::new(),
        visibility: Visibility::Private,
        settings: ProjectSettings::default(),
        source,
    }
}

fn copy_of(from: ResourceId) -> ResourceSource {
    ResourceSource::Copied { from, extent: None }
}

fn making(cloud: &Cloud, project: ResourceId) -> Vec<JobRow> {
    let list = ListJobs { resource: Some(project), states: None, page: Page::first(50) };
    let mut rows = cloud.app.view().jobs(list).unwrap().rows;
    rows.retain(|job| job.kind == JobKind::CreateProject);
    rows
}

fn files(cloud: &Cloud, project: ResourceId) -> Vec<(String, Sha256Digest)> {
    let versions = cloud.app.view().all_current_versions(project).unwrap();
    versions.into_iter().map(|version| (version.path.to_string(), version.digest)).collect()
}

async fn finish(cloud: &Cloud, job: JobId, name: &str, content: &str) {
    let worker = Viewer::system(None);
    let attempt = cloud.seen(claim_job(&cloud.app, &worker, claim(job)).await).await;
    let blob = cloud.app.storage().put_bytes(content.to_owned().into()).await.unwrap();
    let outputs = vec![JobOutput {
        name: name.to_owned(),
        digest: blob.digest,
        size: blob.size,
        media_type: "application/x-qgis-project".to_owned(),
        etag: Some(blob.etag),
        replaces: None,
    }];
    let finish = FinishJob { command_id: None, job, attempt, outputs, removed: vec![], run: RunRecord::default() };
    cloud.seen(finish_job(&cloud.app, &worker, finish).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_the_files_at_once_and_its_project_file_when_the_job_is_done() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.project(&ana, "Bees").await;
    cloud.collaborator(&ana, bees, &ben, Role::Reader).await;
    for (path, content) in [("bees.qgs", "<qgis/>"), ("data/bees.gpkg", "bees"), ("DCIM/hive.jpg", "a hive")] {
        cloud.upload(&ana, bees, path, content).await.unwrap();
    }
    cloud.settled(&policies).await;
    let copy = cloud.seen(create_project(&cloud.app, &ben, create("Mine", copy_of(bees))).await).await;
    cloud.settled(&policies).await;
    let digest = |content: &str| Sha256Digest::of(content.as_bytes());
    let data = [("DCIM/hive.jpg".to_owned(), digest("a hive")), ("data/bees.gpkg".to_owned(), digest("bees"))];
    assert_eq!(files(&cloud, copy), data);
    let [job] = &making(&cloud, copy)[..] else { panic!("{:?}", making(&cloud, copy)) };
    assert_eq!(job.project_file_digest, Some(digest("<qgis/>")));
    assert_eq!(job.requester, ben.account);

    finish(&cloud, job.id, "bees.qgs", "<qgis title='Mine'/>").await;
    cloud.settled(&policies).await;
    let row = cloud.app.view().resource(copy).unwrap().unwrap();
    assert_eq!(row.project_file.unwrap().as_str(), "bees.qgs");
    assert_eq!(files(&cloud, copy).len(), 3);
    assert!(row.latest.is_some(), "QGIS is to look at it");
    // Another look at the whole log, when the original has changed since, changes nothing.
    cloud.upload(&ana, bees, "new.gpkg", "new").await.unwrap();
    cloud.settled(&policies).await;
    let events = cloud.feed().await.len();
    let again = cloud.policies("forgetful").await;
    cloud.settled(&again).await;
    assert_eq!(cloud.feed().await.len(), events);
    for policies in [policies, again] {
        policies.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_becomes_a_project_file_unless_somebody_was_faster() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let seeded = || ResourceSource::Seeded { seed: ProjectSeed::default() };
    for (name, is_faster) in [("Springs", false), ("Wells", true)] {
        let project = cloud.seen(create_project(&cloud.app, &ana, create(name, seeded())).await).await;
        cloud.settled(&policies).await;
        let job = making(&cloud, project)[0].clone();
        assert_eq!((job.project_file, job.revision), (None, None));
        if is_faster {
            cloud.upload(&ana, project, "own.qgs", "<qgis/>").await.unwrap();
        }
        finish(&cloud, job.id, "project.qgz", "a project").await;
        cloud.settled(&policies).await;
        let row = cloud.app.view().resource(project).unwrap().unwrap();
        let expected = if is_faster { "own.qgs" } else { "project.qgz" };
        assert_eq!(row.project_file.unwrap().as_str(), expected);
        assert_eq!(files(&cloud, project).len(), 1, "{name}");
    }
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_may_not_see_or_has_no_room_for_is_not_copied() {
    let cloud = Cloud::with(|settings| settings.storage_quota = Some(10)).await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.project(&ana, "Bees").await;
    let hidden = create_project(&cloud.app, &ben, create("Mine", copy_of(bees))).await.unwrap_err();
    assert_eq!(hidden, CommandError::NotFound("resource"));
    cloud.upload(&ana, bees, "bees.csv", "nine byte").await.unwrap();
    cloud.caught_up().await;
    let full = create_project(&cloud.app, &ana, create("Again", copy_of(bees))).await.unwrap_err();
    let CommandError::Refused(ProjectRefusal::Owner(OwnerRefusal::NoRoom(room))) = full else { panic!("{full:?}") };
    assert_eq!((room.quota, room.used, room.needed), (10, 9, 9));
    let shared = cloud.project(&ana, "shared_datasets").await;
    let refused = create_project(&cloud.app, &ana, create("Again", copy_of(shared))).await.unwrap_err();
    assert_eq!(refused, CommandError::Refused(ProjectRefusal::NotCopyable));
}
