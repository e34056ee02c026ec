//! Commits in databases that jobs announced.

use chrono::Duration;
use fieldlog_domain::change_set::{ChangeSetEvent, ChangeSetSource, DeltaMethod, ReceivedDelta};
use fieldlog_domain::job::*;
use fieldlog_domain::{ChangeSetId, DeltaId, JobId, ResourceId, Sha256Digest, StreamKind, WorkerId};
use serde_json::json;
use uuid::Uuid;

use crate::job::{claimed, requested};
use crate::world::World;

const RESOURCE: ResourceId = ResourceId(Uuid::from_u128(1));
const FIRST: Uuid = Uuid::from_u128(0xa);
const SECOND: Uuid = Uuid::from_u128(0xb);

fn commit(transaction: &str) -> DatabaseCommit {
    let (database, outcomes) = ("7446".to_owned(), Sha256Digest::of(transaction.as_bytes()));
    DatabaseCommit { database, transaction: transaction.to_owned(), outcomes }
}

fn announced(transaction: &str) -> JobEvent {
    JobEvent::CommitAnnounced { attempt: 1, commit: commit(transaction) }
}

/// An edit that waits, in a file of its own, which has its id.
async fn given_edit(world: &World, delta_file: Uuid) {
    let content = json!({ "clientId": Uuid::from_u128(7), "localLayerId": "trees", "localPk": "1" });
    let (id, method) = (DeltaId(delta_file), DeltaMethod::Create);
    let delta = ReceivedDelta { id, method, is_permitted: true, content, origin: None };
    let (digest, source) = (Sha256Digest::of(b"file"), ChangeSetSource::Pushed);
    let events = vec![
        ChangeSetEvent::ChangeSetReceived { resource: RESOURCE, delta_file, digest, size: 4, source },
        ChangeSetEvent::DeltasReceived { resource: RESOURCE, delta_file, deltas: vec![delta] },
    ];
    decided(world, delta_file, events).await;
}

async fn decided(world: &World, delta_file: Uuid, events: Vec<ChangeSetEvent>) {
    let stream = ChangeSetId::of(RESOURCE, delta_file);
    world.given(StreamKind::ChangeSet, stream.uuid(), Some(RESOURCE), events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_are_known_until_their_job_has_said_what_came_of_its_edits() {
    let world = World::new();
    let [failing, next] = [1, 2].map(|number| JobId(Uuid::from_u128(number)));
    let begun = |announcements: &[&str]| {
        let claimed = claimed(WorkerId(Uuid::from_u128(9)), 1, world.now() + Duration::seconds(30));
        let announced = announcements.iter().map(|transaction| announced(transaction));
        [requested(RESOURCE), claimed].into_iter().chain(announced).collect::<Vec<_>>()
    };
    given_edit(&world, FIRST).await;
    let model = world.model().await;
    let view = model.view();
    let see = async |job: JobId, events: Vec<JobEvent>| {
        world.given(StreamKind::Job, job.uuid(), Some(RESOURCE), events).await;
        world.caught_up(&model).await;
        (view.announced_commits(RESOURCE).unwrap(), view.may_have_committed(job).unwrap())
    };
    let settled = |settlement| JobEvent::JobSettled { settlement };
    let both = vec![commit("740"), commit("741")];
    assert_eq!(see(failing, begun(&["740", "741"])).await, (both.clone(), true));
    let error = JobError { kind: JobErrorKind::ContainerFailed, message: "killed".to_owned(), step: None };
    let failed = JobEvent::JobFailed { attempt: 1, error, run: RunRecord::default() };
    let known = see(failing, vec![failed, settled(Settlement::Nothing)]).await;
    assert_eq!(known, (both.clone(), true), "it never said what came of its edits");

    assert_eq!(see(next, begun(&["742"])).await.0.len(), 3);
    let finished = JobEvent::JobFinished { attempt: 1, outputs: vec![], removed: vec![], run: RunRecord::default() };
    let known = see(next, vec![finished, settled(Settlement::OutOfDate)]).await;
    assert_eq!(known, (both, false), "this one did");

    let (resource, delta_file) = (RESOURCE, FIRST);
    let ignored = ChangeSetEvent::DeltasIgnored { resource, delta_file, deltas: vec![DeltaId(FIRST)] };
    decided(&world, FIRST, vec![ignored]).await;
    given_edit(&world, SECOND).await;
    world.caught_up(&model).await;
    assert_eq!(view.announced_commits(RESOURCE).unwrap(), [], "an edit that came later is in none of them");
    model.shutdown().await;
}
