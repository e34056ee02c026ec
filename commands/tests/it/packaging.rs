//! Who has a project packaged, and when that is not done again.

use fieldlog_commands::CommandError;
use fieldlog_commands::Viewer;
use fieldlog_commands::job::*;
use fieldlog_commands::secret::set_secret;
use fieldlog_domain::job::{JobKind, RunRecord};
use fieldlog_domain::resource::{ChangeSettings, ProjectType};
use fieldlog_domain::secret::SecretHolder;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{JobId, ResourceId};

use crate::change_sets::with_file;
use crate::cloud::Cloud;
use crate::jobs::{claim, start};
use crate::secrets::variable;

fn package(resource: ResourceId) -> RequestJob {
    RequestJob { command_id: None, resource, kind: JobKind::Package, is_forced: false }
}

async fn asked(cloud: &Cloud, viewer: &Viewer, project: ResourceId) -> RequestedJob {
    cloud.seen(request_job(&cloud.app, viewer, package(project)).await).await
}

/// Does the job with what a worker would give it.
async fn work(cloud: &Cloud, project: ResourceId, job: JobId) {
    let worker = Viewer::system(None);
    let attempt = cloud.seen(claim_job(&cloud.app, &worker, claim(job)).await).await;
    let view = cloud.app.view();
    let row = view.job(job).unwrap().unwrap();
    let project_file = row.project_file.as_ref().zip(row.project_file_digest);
    let of = (&view, cloud.app.storage());
    let inputs = JobInputs::files_of::<()>(of, JobKind::Package, project, project_file).await.unwrap();
    let inputs = JobInputs { parameters: packaging::parameters(), ..inputs };
    let inputs = cloud.app.storage().put_bytes(inputs.to_json()).await.unwrap().digest;
    cloud.seen(start_job(&cloud.app, &worker, StartJob { inputs, ..start(job, attempt) }).await).await;
    let finish =
        FinishJob { command_id: None, job, attempt, outputs: vec![], removed: vec![], run: RunRecord::default() };
    cloud.seen(finish_job(&cloud.app, &worker, finish).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_of_the_same_files_is_not_made_again() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_file(&cloud, &ana).await;
    cloud.upload(&ana, project, "trees.gpkg", "trees").await.unwrap();
    cloud.settled(&policies).await;
    let first = asked(&cloud, &ana, project).await;
    assert!(!first.was_there);
    assert_eq!(asked(&cloud, &ana, project).await, RequestedJob { was_there: true, ..first }, "it is under way");
    work(&cloud, project, first.job).await;
    assert_eq!(asked(&cloud, &ana, project).await, RequestedJob { was_there: true, ..first }, "nothing changed");
    cloud.upload(&ana, project, "DCIM/oak.jpg", "a photo").await.unwrap();
    assert_eq!(
        asked(&cloud, &ana, project).await,
        RequestedJob { was_there: true, ..first },
        "photos are not packaged"
    );
    let forced = RequestJob { is_forced: true, ..package(project) };
    assert!(!cloud.seen(request_job(&cloud.app, &ana, forced).await).await.was_there);
    let under_way = asked(&cloud, &ana, project).await;
    work(&cloud, project, under_way.job).await;

    cloud.upload(&ana, project, "trees.gpkg", "more trees").await.unwrap();
    let second = asked(&cloud, &ana, project).await;
    assert!(!second.was_there);
    work(&cloud, project, second.job).await;
    // Back to what it was before: it is the bytes that count.
    cloud.upload(&ana, project, "trees.gpkg", "more trees").await.unwrap();
    assert!(asked(&cloud, &ana, project).await.was_there);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_is_being_made_of_other_files_is_no_answer() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_file(&cloud, &ana).await;
    let waits = asked(&cloud, &ana, project).await;
    cloud.upload(&ana, project, "trees.gpkg", "trees").await.unwrap();
    assert_eq!(asked(&cloud, &ana, project).await, RequestedJob { was_there: true, ..waits }, "it will take the file");
    cloud.seen(claim_job(&cloud.app, &Viewer::system(None), claim(waits.job)).await).await;
    assert_eq!(asked(&cloud, &ana, project).await, RequestedJob { was_there: true, ..waits }, "it took the file");
    cloud.upload(&ana, project, "trees.gpkg", "more trees").await.unwrap();
    let next = asked(&cloud, &ana, project).await;
    assert!(!next.was_there && next.job != waits.job);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_secrets_of_their_own_gets_their_own_packages_and_nobody_else_does() {
    let cloud = Cloud::start().await;
    let (ana, ben, cleo) = (cloud.person("ana").await, cloud.person("ben").await, cloud.person("cleo").await);
    let project = with_file(&cloud, &ana).await;
    for person in [&ben, &cleo] {
        cloud.collaborator(&ana, project, person, Role::Editor).await;
    }
    let latest = |viewer: &Viewer| cloud.app.view().latest_package(project, viewer.account).unwrap().map(|row| row.id);
    let public = asked(&cloud, &ana, project).await.job;
    work(&cloud, project, public).await;
    assert_eq!([latest(&ana), latest(&ben), latest(&cleo)], [Some(public); 3]);

    let own = variable(SecretHolder::Project(project), "DB_PASSWORD", ben.account, "ben's");
    cloud.seen(set_secret(&cloud.app, &ana, own).await).await;
    assert_eq!(latest(&ben), None, "it was not made with his secret");
    let private = asked(&cloud, &ben, project).await;
    assert!(!private.was_there, "the package of the others is no answer");
    assert_eq!(asked(&cloud, &ben, project).await, RequestedJob { was_there: true, ..private });
    work(&cloud, project, private.job).await;
    assert_eq!([latest(&ana), latest(&ben), latest(&cleo)], [Some(public), Some(private.job), Some(public)]);
    assert_eq!(cloud.app.view().latest_package(project, None).unwrap().map(|row| row.id), Some(public));
    assert_eq!(asked(&cloud, &cleo, project).await, RequestedJob { job: public, was_there: true });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_works_with_in_the_field_is_not_packaged() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let empty = cloud.project(&ana, "Empty").await;
    let none = request_job(&cloud.app, &ana, package(empty)).await.unwrap_err();
    assert_eq!(none, CommandError::Refused(RequestJobRefusal::NoProjectFile));
    let settings = ChangeSettings { is_template: Some(true), ..ChangeSettings::default() };
    let change = fieldlog_commands::project::ChangeProject {
        project: empty,
        settings,
        ..fieldlog_commands::project::ChangeProject::default()
    };
    cloud.seen(fieldlog_commands::project::change_project(&cloud.app, &ana, change).await).await;
    for kind in [JobKind::Package, JobKind::ApplyDeltas] {
        let refused = request_job(&cloud.app, &ana, RequestJob { kind, ..package(empty) }).await.unwrap_err();
        assert_eq!(refused, CommandError::Refused(RequestJobRefusal::NotRegular(ProjectType::Template)));
    }
}
