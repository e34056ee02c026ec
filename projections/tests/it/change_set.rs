//! Edits: how they fare, which undoes or replaces which, and what took them back.

use chrono::DateTime;
use fieldlog_domain::change_set::{
    BroughtFile, ChangeSetEvent, ChangeSetSource, DeltaMethod, DeltaOrigin, DeltaOutcome, DeltaVerdict, ReceivedDelta,
    Replacement, TakenBackDelta,
};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{ChangeSetId, DeltaId, ResourceId, Sha256Digest, StreamKind};
use fieldlog_projections::{DeltaStatus, IfChanged, ListDeltas, Page, ReadModel};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::world::{World, assert_same, current, dump, quick};
use crate::wrapped::{Twist, Wrapped};

const RESOURCE: ResourceId = ResourceId(Uuid::from_u128(1));
const PUSHED: Uuid = Uuid::from_u128(0xa);
const UNDO: Uuid = Uuid::from_u128(0xb);
const REPLACEMENT: Uuid = Uuid::from_u128(0xc);

fn id(number: u128) -> DeltaId {
    DeltaId(Uuid::from_u128(number))
}

fn received(delta_file: Uuid, deltas: &[(u128, Option<DeltaOrigin>)]) -> Vec<ChangeSetEvent> {
    let delta = |(number, origin): &(u128, Option<DeltaOrigin>)| ReceivedDelta {
        id: id(*number),
        method: DeltaMethod::Patch,
        is_permitted: true,
        content: json!({ "clientId": Uuid::from_u128(7), "localLayerId": "trees", "localPk": "1" }),
        origin: *origin,
    };
    let (digest, source) = (Sha256Digest::of(b"file"), ChangeSetSource::Pushed);
    vec![
        ChangeSetEvent::ChangeSetReceived { resource: RESOURCE, delta_file, digest, size: 4, source },
        ChangeSetEvent::DeltasReceived { resource: RESOURCE, delta_file, deltas: deltas.iter().map(delta).collect() },
    ]
}

fn settled(outcomes: &[(u128, DeltaVerdict)]) -> ChangeSetEvent {
    let outcome = |(number, verdict): &(u128, DeltaVerdict)| DeltaOutcome {
        id: id(*number),
        verdict: *verdict,
        modified_pk: None,
        feedback: Value::Null,
        before: json!({ "attributes": { "height": 3 } }),
        after: Value::Null,
    };
    let (delta_file, job) = (PUSHED, Uuid::from_u128(9).into());
    ChangeSetEvent::DeltasSettled {
        resource: RESOURCE,
        delta_file,
        job,
        outcomes: outcomes.iter().map(outcome).collect(),
    }
}

async fn given(world: &World, delta_file: Uuid, events: Vec<ChangeSetEvent>) {
    let stream = ChangeSetId::of(RESOURCE, delta_file);
    world.given(StreamKind::ChangeSet, stream.uuid(), Some(RESOURCE), events).await;
}

/// Edit 1 is applied and undone by 11; edit 2 is in conflict and replaced by 12; edit 3 is in conflict.
async fn decided(world: &World) {
    given(world, PUSHED, received(PUSHED, &[(1, None), (2, None), (3, None)])).await;
    let said = [(1, DeltaVerdict::Applied), (2, DeltaVerdict::Conflict), (3, DeltaVerdict::Conflict)];
    world.pass(60);
    given(world, PUSHED, vec![settled(&said)]).await;
    let (resource, delta_file) = (RESOURCE, PUSHED);
    let undone = ChangeSetEvent::DeltasUndone { resource, delta_file, by: UNDO, deltas: vec![id(1)] };
    let replacements = vec![Replacement { id: id(2), attributes: Map::new(), geometry: Some("Point (7 46)".into()) }];
    let replaced = ChangeSetEvent::DeltasReplaced { resource, delta_file, by: REPLACEMENT, replacements };
    world.pass(60);
    given(world, PUSHED, vec![undone, replaced]).await;
    given(world, UNDO, received(UNDO, &[(11, Some(DeltaOrigin::Undoes { delta: id(1) }))])).await;
    given(world, REPLACEMENT, received(REPLACEMENT, &[(12, Some(DeltaOrigin::Replaces { delta: id(2) }))])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_tell_what_undoes_and_replaces_them() {
    let world = World::new();
    decided(&world).await;
    let view = world.view().await;
    let all = view.deltas(ListDeltas { resource: RESOURCE, delta_file: None }).unwrap();
    use DeltaStatus::{Applied, Conflict, Pending, Replaced};
    assert_eq!(all.iter().map(|row| row.status).collect::<Vec<_>>(), [Applied, Replaced, Conflict, Pending, Pending]);
    let links = |row: &fieldlog_projections::DeltaRow| (row.undoes, row.undone_by, row.replaces, row.replaced_by);
    let expected = [
        (None, Some(id(11)), None, None),
        (None, None, None, Some(id(12))),
        (None, None, None, None),
        (Some(id(1)), None, None, None),
        (None, None, Some(id(2)), None),
    ];
    assert_eq!(all.iter().map(links).collect::<Vec<_>>(), expected);
    assert_eq!(view.delta(RESOURCE, id(12)).unwrap().as_ref(), Some(&all[4]));
    assert_eq!(view.delta(RESOURCE, id(99)).unwrap(), None);
    let pending = view.pending_deltas(RESOURCE, 10, 1_000).unwrap();
    assert_eq!(pending.iter().map(|delta| delta.if_changed).collect::<Vec<_>>(), [IfChanged::Stop; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_listed_by_file_and_by_how_they_fare() {
    let world = World::new();
    decided(&world).await;
    let view = world.view().await;
    let listed = |delta_file: Option<Uuid>, statuses: Option<&[DeltaStatus]>| {
        let list = ListDeltas { resource: RESOURCE, delta_file };
        let rows = view.deltas_of(list, statuses, Page::first(10)).unwrap().rows;
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None), [1, 2, 3, 11, 12].map(id));
    assert_eq!(listed(Some(UNDO), None), [id(11)]);
    assert_eq!(listed(None, Some(&[DeltaStatus::Conflict, DeltaStatus::Pending])), [3, 11, 12].map(id));
    assert_eq!(listed(Some(PUSHED), Some(&[DeltaStatus::Pending])), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_is_tried_again_is_replaced_by_nothing() {
    let world = World::new();
    decided(&world).await;
    let reopened = |number, overwrites_conflicts| ChangeSetEvent::DeltasReopened {
        resource: RESOURCE,
        delta_file: PUSHED,
        deltas: vec![id(number)],
        overwrites_conflicts,
        columns: vec![],
    };
    given(&world, PUSHED, vec![reopened(2, false), reopened(3, true)]).await;
    let view = world.view().await;
    let row = view.delta(RESOURCE, id(2)).unwrap().unwrap();
    assert_eq!((row.status, row.replaced_by), (DeltaStatus::Pending, None));
    let pending = view.pending_deltas(RESOURCE, 2, 1_000).unwrap();
    let if_changed: Vec<_> = pending.iter().map(|delta| delta.if_changed).collect();
    assert_eq!(if_changed, [IfChanged::AsTheProjectSays, IfChanged::Overwrite]);
}

fn brought() -> BroughtFile {
    let path = FilePath::try_new("trees.gpkg").unwrap();
    BroughtFile { path, version: None, by: None, at: DateTime::UNIX_EPOCH }
}

/// Edits 1 to 3 of a file are applied and were taken back; 2 is applied again, 3 was found again.
async fn lost(world: &World) {
    decided(world).await;
    let again = [(2, DeltaVerdict::Applied), (3, DeltaVerdict::Applied)];
    given(world, PUSHED, vec![settled(&again)]).await;
    let (resource, delta_file, job) = (RESOURCE, PUSHED, Uuid::from_u128(9).into());
    let gone = [1, 2, 3].map(|number| TakenBackDelta { id: id(number), why: format!("{number} is not there") });
    let deltas = vec![id(2)];
    let events = vec![
        ChangeSetEvent::DeltasTakenBack { resource, delta_file, job, brought: brought(), deltas: gone.to_vec() },
        ChangeSetEvent::DeltasReopened { resource, delta_file, deltas, overwrites_conflicts: false, columns: vec![] },
        ChangeSetEvent::DeltasFoundAgain { resource, delta_file, job, deltas: vec![id(3)] },
    ];
    given(world, PUSHED, events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_tell_what_took_them_back_until_they_are_there_again_or_wait() {
    let world = World::new();
    lost(&world).await;
    let view = world.view().await;
    let told = |number| {
        let row = view.delta(RESOURCE, id(number)).unwrap().unwrap();
        (row.status, row.taken_back.map(|told| (told.brought, told.why)))
    };
    assert_eq!(told(1), (DeltaStatus::TakenBack, Some((brought(), "1 is not there".to_owned()))));
    assert_eq!(told(2), (DeltaStatus::Pending, None));
    assert_eq!(told(3), (DeltaStatus::Applied, None));
    assert_eq!(view.taken_back_edits(RESOURCE).unwrap(), [id(1)]);
    assert_eq!(view.taken_back_count(RESOURCE).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_folded_the_same_when_delivered_twice_and_when_rebuilt() {
    let world = World::new();
    let model = world.model().await;
    let other = world.dir.path().join("repeated");
    let stutters = Wrapped::twisted(&world.log, Twist::Repeats(3));
    let repeated = ReadModel::start(&other, stutters, quick()).await.unwrap();
    lost(&world).await;
    world.caught_up(&model).await;
    world.caught_up(&repeated).await;
    repeated.shutdown().await;
    let live = dump(&current(&world.models()));
    assert_same("delivered twice", &live, &dump(&current(&other)));
    let report = model.rebuild(Some("change_set")).await.unwrap();
    assert_same("rebuilt", &live, &dump(&report.path));
    model.shutdown().await;
}
