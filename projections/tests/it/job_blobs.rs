//! Which blobs of jobs are kept, and for how long.

use fieldlog_domain::job::*;
use fieldlog_domain::{AccountId, JobId, ResourceId, Sha256Digest, StreamKind};
use uuid::Uuid;

use crate::world::World;

fn output(name: &str, content: &str) -> JobOutput {
    JobOutput {
        name: name.to_owned(),
        digest: Sha256Digest::of(content.as_bytes()),
        size: content.len() as u64,
        media_type: "application/octet-stream".to_owned(),
        etag: None,
        replaces: None,
    }
}

/// A job of this kind that made these files.
async fn finished(world: &World, kind: JobKind, resource: ResourceId, outputs: &[(&str, &str)]) -> JobId {
    finished_for(world, kind, resource, None, outputs).await
}

/// The same, for one person alone.
async fn finished_for(
    world: &World,
    kind: JobKind,
    resource: ResourceId,
    whose: Option<AccountId>,
    outputs: &[(&str, &str)],
) -> JobId {
    let job = JobId(Uuid::new_v4());
    let requested = JobEvent::JobRequested {
        kind,
        resource,
        revision: None,
        project_file: None,
        project_file_digest: None,
        requester: whose,
        cause: JobCause::Asked,
        max_attempts: 3,
        is_private: whose.is_some(),
    };
    let outputs = outputs.iter().map(|(name, content)| output(name, content)).collect();
    let finished = JobEvent::JobFinished { attempt: 1, outputs, removed: vec![], run: RunRecord::default() };
    world.given(StreamKind::Job, job.uuid(), Some(resource), vec![requested, finished]).await;
    job
}

async fn kept(world: &World, contents: &[&str]) -> Vec<bool> {
    let view = world.view().await;
    let is_kept = |content: &&str| view.is_blob_referenced(&Sha256Digest::of(content.as_bytes())).unwrap();
    contents.iter().map(is_kept).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_two_packages_of_a_project_are_kept_with_what_they_share_with_older_ones() {
    let world = World::new();
    let (bees, trees) = (ResourceId(Uuid::new_v4()), ResourceId(Uuid::new_v4()));
    finished(&world, JobKind::Package, trees, &[("data.gpkg", "trees")]).await;
    for data in ["one", "two", "three"] {
        let files = [("data.gpkg", data), ("icon.svg", "an icon")];
        finished(&world, JobKind::Package, bees, &files).await;
    }
    let contents = ["one", "two", "three", "an icon", "trees"];
    assert_eq!(kept(&world, &contents).await, [false, true, true, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_for_one_person_are_counted_apart() {
    let world = World::new();
    let (bees, ana) = (ResourceId(Uuid::new_v4()), AccountId(Uuid::new_v4()));
    finished_for(&world, JobKind::Package, bees, Some(ana), &[("data.gpkg", "ana's")]).await;
    for data in ["one", "two", "three"] {
        finished(&world, JobKind::Package, bees, &[("data.gpkg", data)]).await;
    }
    assert_eq!(kept(&world, &["ana's", "one", "two", "three"]).await, [true, false, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_edits_are_kept_until_the_job_is_settled_and_what_came_of_the_edits_for_ever() {
    let world = World::new();
    let bees = ResourceId(Uuid::new_v4());
    let files = [("bees.gpkg", "bees"), ("delta_feedback.json", "[]")];
    let job = finished(&world, JobKind::ApplyDeltas, bees, &files).await;
    assert_eq!(kept(&world, &["bees", "[]"]).await, [true, true]);
    let settled = JobEvent::JobSettled { settlement: Settlement::OutOfDate };
    world.given(StreamKind::Job, job.uuid(), Some(bees), vec![settled]).await;
    assert_eq!(kept(&world, &["bees", "[]"]).await, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_jobs_made_is_kept() {
    let world = World::new();
    finished(&world, JobKind::ProcessProjectFile, ResourceId(Uuid::new_v4()), &[("thumbnail.png", "a picture")]).await;
    assert_eq!(kept(&world, &["a picture"]).await, [true]);
}
