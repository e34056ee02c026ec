//! Jobs and their queue.

use chrono::{DateTime, Duration, Utc};
use fieldlog_domain::file::{FileEvent, VersionSource};
use fieldlog_domain::job::*;
use fieldlog_domain::resource::{ResourceEvent, ResourceKind, ResourceSource, Visibility};
use fieldlog_domain::shared::{FilePath, ResourceName};
use fieldlog_domain::{
    AccountId, FileId, JobId, ResourceId, RevisionId, Sha256Digest, StreamKind, VersionId, WorkerId,
};
use fieldlog_projections::{ListJobs, Page, View};
use serde_json::json;
use uuid::Uuid;

use crate::world::World;

pub fn requested(resource: ResourceId) -> JobEvent {
    JobEvent::JobRequested {
        kind: JobKind::ProcessProjectFile,
        resource,
        revision: Some(RevisionId(Uuid::from_u128(5))),
        project_file: Some(FilePath::try_new("a.qgz").unwrap()),
        project_file_digest: Some(Sha256Digest::of(b"a")),
        requester: None,
        cause: JobCause::RevisionStaged,
        max_attempts: 3,
        is_private: false,
    }
}

pub fn claimed(worker: WorkerId, attempt: u32, lease_until: DateTime<Utc>) -> JobEvent {
    JobEvent::JobClaimed { worker, attempt, lease_until }
}

fn started() -> JobEvent {
    JobEvent::JobStarted {
        attempt: 1,
        container: "box".to_owned(),
        image: "qgis".to_owned(),
        image_digest: "sha256:1".to_owned(),
        inputs: Sha256Digest::of(b"inputs"),
    }
}

fn progressed(step: &str, percent: Option<u8>) -> JobEvent {
    JobEvent::JobProgressed { attempt: 1, step: step.to_owned(), percent }
}

async fn give(world: &World, job: JobId, resource: ResourceId, events: Vec<JobEvent>) {
    world.given(StreamKind::Job, job.uuid(), Some(resource), events).await;
}

fn ids(rows: &[fieldlog_projections::JobRow]) -> Vec<JobId> {
    rows.iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_followed_to_its_end() {
    let world = World::new();
    let (job, resource, worker) = (JobId(Uuid::new_v4()), ResourceId(Uuid::new_v4()), WorkerId(Uuid::new_v4()));
    let begin = world.now();
    let lease = begin + Duration::seconds(30);
    let model = world.model().await;
    let view = model.view();
    let see = async |events| {
        give(&world, job, resource, events).await;
        world.caught_up(&model).await;
        view.job(job).unwrap().unwrap()
    };
    let row = see(vec![requested(resource)]).await;
    assert_eq!((row.state, row.attempt, row.max_attempts, row.worker), (JobState::Requested, 0, 3, None));
    assert_eq!((row.resource, row.cause, row.requested_at), (resource, JobCause::RevisionStaged, begin));
    world.pass(1);
    let row = see(vec![claimed(worker, 1, lease)]).await;
    assert_eq!((row.state, row.worker, row.lease_until), (JobState::Claimed, Some(worker), Some(lease)));
    let row = see(vec![started(), JobEvent::LeaseRenewed { attempt: 1, lease_until: lease }]).await;
    assert_eq!((row.state, row.container.as_deref()), (JobState::Started, Some("box")));
    assert_eq!((row.step, row.percent), (None, None), "it has not said anything");
    let row = see(vec![progressed("convert", None)]).await;
    assert_eq!((row.step.as_deref(), row.percent), (Some("convert"), None));
    let row = see(vec![progressed("convert", Some(40))]).await;
    assert_eq!((row.step.as_deref(), row.percent), (Some("convert"), Some(40)));
    let not_before = begin + Duration::seconds(99);
    let retry = JobEvent::JobRetryScheduled { attempt: 1, not_before, reason: "disk full".to_owned() };
    let row = see(vec![retry]).await;
    assert_eq!(
        (row.state, row.worker, row.lease_until, row.not_before),
        (JobState::Requested, None, None, Some(not_before))
    );
    assert_eq!((row.step, row.percent), (None, None), "an attempt that is over is nowhere");
    let row = see(vec![claimed(worker, 2, lease)]).await;
    assert_eq!((row.attempt, row.container, row.started_at), (2, None, None), "a new attempt begins anew");
    let output = JobOutput {
        name: "t.png".to_owned(),
        digest: Sha256Digest::of(b"t"),
        size: 1,
        media_type: "image/png".to_owned(),
        etag: None,
        replaces: None,
    };
    let log = Some(Sha256Digest::of(b"log"));
    let run = RunRecord { exit_code: Some(0), feedback: json!({"ok": [1, 2]}), log };
    world.pass(1);
    let row = see(vec![started(), progressed("write", Some(99))]).await;
    assert_eq!((row.step.as_deref(), row.percent), (Some("write"), Some(99)));
    let row =
        see(vec![JobEvent::JobFinished { attempt: 2, outputs: vec![output.clone()], removed: vec![], run }]).await;
    assert_eq!((row.state, row.lease_until, row.ended_at), (JobState::Finished, None, Some(world.now())));
    assert_eq!((row.step, row.percent), (None, None), "a job that is over is nowhere");
    assert_eq!((row.outputs, row.exit_code, row.log), (vec![output], Some(0), log));
    assert_eq!(view.job_feedback(job).unwrap(), Some(json!({"ok": [1, 2]})));
    assert_eq!(view.jobs_by_id(&[JobId(Uuid::nil()), job]).unwrap().len(), 1);
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_says_why() {
    let world = World::new();
    let (job, resource) = (JobId(Uuid::new_v4()), ResourceId(Uuid::new_v4()));
    let error = JobError { kind: JobErrorKind::OutOfMemory, message: "2 GB".to_owned(), step: Some("open".to_owned()) };
    let failed = JobEvent::JobFailed { attempt: 0, error: error.clone(), run: RunRecord::default() };
    give(&world, job, resource, vec![requested(resource), failed]).await;
    let view = world.view().await;
    let row = view.job(job).unwrap().unwrap();
    assert_eq!((row.state, row.error), (JobState::Failed, Some(error)));
    assert_eq!(view.job_feedback(job).unwrap(), None);
}

/// Four jobs: one waits, one waits for later, one is held, one is over; and when they were made.
async fn queue(world: &World) -> ([JobId; 4], ResourceId, WorkerId, DateTime<Utc>) {
    let jobs = [(); 4].map(|()| JobId(Uuid::new_v4()));
    let (resource, worker, now) = (ResourceId(Uuid::new_v4()), WorkerId(Uuid::new_v4()), world.now());
    let not_before = now + Duration::seconds(60);
    let retry = JobEvent::JobRetryScheduled { attempt: 1, not_before, reason: "busy".to_owned() };
    let lease = now + Duration::seconds(30);
    give(world, jobs[0], resource, vec![requested(resource)]).await;
    give(world, jobs[1], resource, vec![requested(resource), claimed(worker, 1, lease), retry]).await;
    give(world, jobs[2], resource, vec![requested(resource), claimed(worker, 1, lease)]).await;
    give(world, jobs[3], resource, vec![requested(resource), JobEvent::JobCancelled {}]).await;
    (jobs, resource, worker, now)
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_see_what_they_may_claim_what_they_hold_and_when_to_look_again() {
    let world = World::new();
    let ([waits, later, held, _], _, worker, now) = queue(&world).await;
    let view: View = world.view().await;
    let at = |seconds| now + Duration::seconds(seconds);
    assert_eq!(ids(&view.claimable_jobs(now, 10).unwrap()), [waits]);
    assert_eq!(ids(&view.claimable_jobs(at(60), 10).unwrap()), [waits, later], "oldest first");
    assert_eq!(ids(&view.claimable_jobs(at(60), 1).unwrap()), [waits]);
    assert_eq!(ids(&view.leased_jobs(None).unwrap()), [held]);
    assert_eq!(ids(&view.leased_jobs(Some(worker)).unwrap()), [held]);
    assert_eq!(ids(&view.leased_jobs(Some(WorkerId(Uuid::nil()))).unwrap()), []);
    assert_eq!(view.next_due(now).unwrap(), Some(at(60)));
    assert_eq!(view.next_due(at(60)).unwrap(), None, "what is due is there to be claimed");
    assert_eq!(ids(&view.claimable_jobs(at(-540), 10).unwrap()), [waits], "it may have been told to wait for so long");
    assert_eq!(ids(&view.claimable_jobs(at(-541), 10).unwrap()), [waits, later], "it may not");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_by_resource_and_state() {
    let world = World::new();
    let ([waits, later, held, over], resource, ..) = queue(&world).await;
    let view = world.view().await;
    let list = |resource, states: Option<&[JobState]>| {
        let list = ListJobs { resource, states: states.map(<[_]>::to_vec), page: Page::first(10) };
        ids(&view.jobs(list).unwrap().rows)
    };
    let waiting = [JobState::Requested, JobState::Claimed];
    for resource in [None, Some(resource)] {
        assert_eq!(list(resource, None), [over, held, later, waits]);
        assert_eq!(list(resource, Some(&waiting)), [held, later, waits]);
        assert_eq!(list(resource, Some(&[JobState::Cancelled])), [over]);
        assert_eq!(list(resource, Some(&[])), []);
    }
    assert_eq!(list(Some(ResourceId(Uuid::nil())), None), []);
    assert_eq!(World::new().view().await.next_due(world.now()).unwrap(), None);
}

/// A project of this owner.
async fn project(world: &World, owner: u128) -> ResourceId {
    let resource = ResourceId(Uuid::new_v4());
    let registered = ResourceEvent::ResourceRegistered {
        kind: ResourceKind::Project,
        owner: AccountId(Uuid::from_u128(owner)),
        name: ResourceName::try_new(&format!("p{}", resource.uuid().simple())).unwrap(),
        description: String::new(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
    };
    world.given(StreamKind::Resource, resource.uuid(), Some(resource), vec![registered]).await;
    resource
}

async fn ask(world: &World, resource: ResourceId, cause: JobCause) -> JobId {
    let job = JobId(Uuid::new_v4());
    let JobEvent::JobRequested {
        kind: _, revision, project_file, project_file_digest, requester, max_attempts, ..
    } = requested(resource)
    else {
        unreachable!("that is what is requested")
    };
    let kind = JobKind::Package;
    let request = JobEvent::JobRequested {
        kind,
        resource,
        revision,
        project_file,
        project_file_digest,
        requester,
        cause,
        max_attempts,
        is_private: false,
    };
    give(world, job, resource, vec![request]).await;
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_take_turns_and_of_one_owners_jobs_those_go_first_that_somebody_waits_for() {
    let world = World::new();
    let (busy, other, third) = (project(&world, 1).await, project(&world, 2).await, project(&world, 3).await);
    let also_busy = project(&world, 1).await;
    let policy = JobCause::DeltasReceived;
    let first = ask(&world, busy, policy).await;
    let second = ask(&world, also_busy, policy).await;
    let asked = ask(&world, busy, JobCause::Asked).await;
    let others = [ask(&world, other, policy).await, ask(&world, other, policy).await];
    let thirds = ask(&world, third, policy).await;
    let view = world.view().await;
    let order = view.claimable_jobs(world.now(), 100).unwrap();
    assert_eq!(ids(&order), [asked, others[0], thirds, first, others[1], second]);

    // Whoever has a job under way waits for those who have none.
    let (worker, lease) = (WorkerId(Uuid::new_v4()), world.now() + Duration::seconds(30));
    give(&world, asked, busy, vec![claimed(worker, 1, lease)]).await;
    give(&world, others[0], other, vec![claimed(worker, 1, lease)]).await;
    let view = world.view().await;
    assert_eq!(ids(&view.claimable_jobs(world.now(), 100).unwrap()), [thirds, first, others[1], second]);
    assert_eq!(ids(&view.claimable_jobs(world.now(), 2).unwrap()), [thirds, first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_looked_at_when_its_uploads_pause_but_not_after_the_longest_burst() {
    let world = World::new();
    let resource = project(&world, 1).await;
    let upload = async |path: &str| {
        let path = FilePath::try_new(path).unwrap();
        let added = FileEvent::FileVersionAdded {
            resource,
            path: path.clone(),
            version: VersionId(Uuid::new_v4()),
            digest: Sha256Digest::of(b"a"),
            md5: None,
            etag: "a".to_owned(),
            size: 1,
            media_type: "text/plain".to_owned(),
            source: VersionSource::Upload,
        };
        world.given(StreamKind::File, FileId::of(resource, &path).uuid(), Some(resource), vec![added]).await;
    };
    let begin = world.now();
    let at = |milliseconds| begin + Duration::milliseconds(milliseconds);
    upload("a.qgz").await;
    let job = ask(&world, resource, JobCause::RevisionStaged).await;
    let view = world.view().await;
    assert_eq!(ids(&view.claimable_jobs(at(100), 9).unwrap()), []);
    assert_eq!(view.next_due(at(100)).unwrap(), Some(at(500)));
    assert_eq!(ids(&view.claimable_jobs(at(500), 9).unwrap()), [job]);
    for second in 1..=5 {
        world.pass(1);
        upload(&format!("{second}.gpkg")).await;
    }
    let view = world.view().await;
    assert_eq!(ids(&view.claimable_jobs(at(4_999), 9).unwrap()), []);
    assert_eq!(view.next_due(at(4_999)).unwrap(), Some(at(5_000)), "not half a second after the last upload");
    assert_eq!(ids(&view.claimable_jobs(at(5_000), 9).unwrap()), [job]);
}
