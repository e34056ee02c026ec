//! An engine that is away, and an image that is not there yet.

use crate::support::client::Client;
use crate::support::docker::{self, Door, docker};
use crate::support::fieldlog::Fieldlog;
use crate::support::sample::empty_project;

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_for_an_engine_and_an_image_and_are_not_burnt_meanwhile() {
    docker::ready();
    let fieldlog = Fieldlog::new();
    let mut door = Door::at(fieldlog.path("docker.sock"));
    let image = format!("fieldlog-story-{}:latest", uuid::Uuid::new_v4());
    let fieldlog = fieldlog.with("FIELDLOG_DOCKER", door.url()).with("FIELDLOG_IMAGE", &image);
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;

    // No engine.
    let first = ana.create_project("first").await;
    ana.upload(&first, "first.qgs", empty_project("first")).await;
    is_waiting(&ana, &first).await;
    let doctor = fieldlog.run(["doctor"]).await;
    assert!(!doctor.status.success() && String::from_utf8_lossy(&doctor.stdout).contains("BAD   container engine"));

    // An engine without the image.
    door.open();
    let doctor = fieldlog.run(["doctor"]).await;
    assert!(!doctor.status.success() && String::from_utf8_lossy(&doctor.stdout).contains("BAD   image"));
    is_waiting(&ana, &first).await;

    // Both: the job is done, at the first attempt.
    docker(&["tag", "fieldlog-qgis:latest", &image]);
    let _untag = Untag(image);
    finishes(&ana, &first).await;

    // The engine goes and comes back.
    door.shut().await;
    let second = ana.create_project("second").await;
    ana.upload(&second, "second.qgs", empty_project("second")).await;
    door.open();
    finishes(&ana, &second).await;
    assert_eq!(server.stop().await.code(), Some(0));
}

/// The job is there, and the server works as ever.
async fn is_waiting(ana: &Client, project: &str) {
    let job = ana.project(project, "jobs { nodes { state attempt } }").await["jobs"]["nodes"].clone();
    let state = job[0]["state"].as_str();
    assert!(
        job.as_array().unwrap().is_empty() || (state, job[0]["attempt"].as_u64()) == (Some("REQUESTED"), Some(0)),
        "{job}"
    );
    assert!(ana.get("/readyz").await.status().is_success());
}

async fn finishes(ana: &Client, project: &str) {
    let job = ana.job_ended(project).await;
    assert_eq!((job["state"].as_str(), job["error"].is_null()), (Some("FINISHED"), true), "{job}");
    ana.revision_is(project, "READY").await;
}

struct Untag(String);

impl Drop for Untag {
    fn drop(&mut self) {
        docker(&["rmi", &self.0]);
    }
}
