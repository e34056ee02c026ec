//! When QGIS is asked to look at a project: whenever people change what it reads, once for all that comes together.

use fieldlog_commands::Viewer;
use fieldlog_commands::file::{DeleteFile, delete_file};
use fieldlog_commands::job::claim_job;
use fieldlog_domain::job::JobState;
use fieldlog_domain::{JobId, ResourceId};

use crate::cloud::Cloud;
use crate::jobs::claim;
use crate::policies::{finish, jobs};

/// The jobs of a project by state, the oldest first.
fn states(cloud: &Cloud, project: ResourceId) -> Vec<JobState> {
    jobs(cloud, project).into_iter().rev().map(|job| job.state).collect()
}

fn waiting(cloud: &Cloud, project: ResourceId) -> JobId {
    let waiting = jobs(cloud, project).into_iter().find(|job| job.state == JobState::Requested);
    waiting.expect("a job waits").id
}

fn found() -> serde_json::Value {
    serde_json::json!({"outputs": {"project_details": {"project_details": {
        "crs": "EPSG:3857", "extent": "", "attachment_dirs": ["photos"], "layers_by_id": {}}}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_uploads_in_a_burst_make_one_job() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let policies = cloud.policies("policies").await;
    cloud.upload(&ana, bees, "bees.qgz", "1").await.unwrap();
    for data in 1..10 {
        cloud.upload(&ana, bees, &format!("{data}.gpkg"), "data").await.unwrap();
        if data % 3 == 0 {
            cloud.settled(&policies).await;
        }
    }
    cloud.settled(&policies).await;
    assert_eq!(states(&cloud, bees), [JobState::Requested]);
    policies.shutdown().await;
    // Looking at everything once more asks for nothing.
    let again = cloud.policies("again").await;
    cloud.settled(&again).await;
    assert_eq!(states(&cloud, bees), [JobState::Requested]);
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_project_files_in_a_row_only_the_last_is_looked_at() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    for content in ["1", "2", "3"] {
        cloud.upload(&ana, bees, "bees.qgz", content).await.unwrap();
        cloud.settled(&policies).await;
    }
    assert_eq!(states(&cloud, bees), [JobState::Cancelled, JobState::Cancelled, JobState::Requested]);
    let job = waiting(&cloud, bees);
    let latest = cloud.app.view().resource(bees).unwrap().unwrap().latest;
    assert_eq!(cloud.app.view().job(job).unwrap().unwrap().revision, latest);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_changes_is_looked_at_and_photos_are_not() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let settled = async || cloud.settled(&policies).await;
    cloud.upload(&ana, bees, "trees.gpkg", "trees").await.unwrap();
    settled().await;
    assert_eq!(states(&cloud, bees), [], "there is no project file yet");
    cloud.upload(&ana, bees, "bees.qgz", "1").await.unwrap();
    settled().await;
    finish(&cloud, waiting(&cloud, bees), found()).await;
    settled().await;
    cloud.upload(&ana, bees, "photos/tree.jpg", "a tree").await.unwrap();
    settled().await;
    assert_eq!(states(&cloud, bees), [JobState::Finished]);

    cloud.upload(&ana, bees, "trees.gpkg", "more trees").await.unwrap();
    settled().await;
    finish(&cloud, waiting(&cloud, bees), found()).await;
    settled().await;
    let row = cloud.app.view().resource(bees).unwrap().unwrap();
    assert_eq!(row.ready, row.latest, "what was looked at is ready");

    let delete = DeleteFile { command_id: None, resource: bees, path: "trees.gpkg".into() };
    cloud.seen(delete_file(&cloud.app, &ana, delete).await).await;
    settled().await;
    assert_eq!(states(&cloud, bees), [JobState::Finished, JobState::Finished, JobState::Requested]);
    policies.shutdown().await;
    let again = cloud.policies("again").await;
    cloud.settled(&again).await;
    assert_eq!(states(&cloud, bees), [JobState::Finished, JobState::Finished, JobState::Requested]);
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_comes_while_qgis_looks_is_looked_at_by_another_job() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "bees.qgz", "1").await.unwrap();
    cloud.settled(&policies).await;
    let first = waiting(&cloud, bees);
    cloud.seen(claim_job(&cloud.app, &Viewer::system(None), claim(first)).await).await;
    for content in ["a", "b"] {
        cloud.upload(&ana, bees, "trees.gpkg", content).await.unwrap();
        cloud.settled(&policies).await;
    }
    // What the first would find is out of date already.
    assert_eq!(states(&cloud, bees), [JobState::Cancelled, JobState::Requested]);
    policies.shutdown().await;
}
