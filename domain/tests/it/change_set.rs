//! What a change set takes, and what a delta file has to be.

use cqrs_es::Aggregate;
use fieldlog_domain::change_set::{
    BadColumnMapping, ChangeSet, ChangeSetCommand, ChangeSetEvent, ChangeSetRefusal, ChangeSetSource, ColumnMapping,
    DeltaFile, DeltaMethod, DeltaOutcome, DeltaState, DeltaVerdict, ReceiveChangeSet, ReceivedDelta, ReopenDeltas,
    SettleDeltas,
};
use fieldlog_domain::{ChangeSetId, DeltaId, JobId, ResourceId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::build::{change_set, digest, id};

pub const FILE: Uuid = Uuid::from_u128(0xf11e);

pub fn delta(number: u128) -> ReceivedDelta {
    let content = json!({ "uuid": Uuid::from_u128(number).to_string() });
    ReceivedDelta { id: id(number), method: DeltaMethod::Create, is_permitted: true, content, origin: None }
}

fn receive(deltas: Vec<ReceivedDelta>) -> ChangeSetCommand {
    ChangeSetCommand::Receive(ReceiveChangeSet {
        resource: id(1),
        delta_file: FILE,
        digest: digest("file"),
        size: 9,
        source: ChangeSetSource::Pushed,
        deltas,
    })
}

pub fn received() -> ChangeSetEvent {
    let source = ChangeSetSource::Pushed;
    ChangeSetEvent::ChangeSetReceived { resource: id(1), delta_file: FILE, digest: digest("file"), size: 9, source }
}

pub fn deltas(deltas: Vec<ReceivedDelta>) -> ChangeSetEvent {
    ChangeSetEvent::DeltasReceived { resource: id(1), delta_file: FILE, deltas }
}

#[test]
fn a_delta_file_is_received_with_its_edits() {
    let both = vec![delta(1), delta(2)];
    change_set(vec![]).when(receive(both.clone())).then_expect_events(vec![received(), deltas(both)]);
}

#[test]
fn the_same_again_is_nothing_and_a_longer_file_brings_what_is_new() {
    let past = || vec![received(), deltas(vec![delta(1)])];
    change_set(past()).when(receive(vec![delta(1)])).then_expect_events(vec![]);
    change_set(past())
        .when(receive(vec![delta(1), delta(2)]))
        .then_expect_events(vec![received(), deltas(vec![delta(2)])]);
}

#[test]
fn an_edit_that_is_twice_in_a_file_is_received_once() {
    change_set(vec![])
        .when(receive(vec![delta(1), delta(1)]))
        .then_expect_events(vec![received(), deltas(vec![delta(1)])]);
}

#[test]
fn a_file_without_edits_is_received_once() {
    change_set(vec![]).when(receive(vec![])).then_expect_events(vec![received()]);
    change_set(vec![received()]).when(receive(vec![])).then_expect_events(vec![]);
}

#[test]
fn many_edits_and_large_ones_come_in_several_events() {
    let many: Vec<_> = (1..=1_001).map(delta).collect();
    let events = change_set(vec![]).when(receive(many)).inspect_result().unwrap();
    let counts: Vec<usize> = events.iter().filter_map(count).collect();
    assert_eq!(counts, [500, 500, 1]);
    let large = |number| ReceivedDelta { content: json!({ "geometry": "x".repeat(200_000) }), ..delta(number) };
    let events = change_set(vec![]).when(receive(vec![large(1), large(2), delta(3)])).inspect_result().unwrap();
    assert_eq!(events.iter().filter_map(count).collect::<Vec<_>>(), [1, 2]);
}

fn count(event: &ChangeSetEvent) -> Option<usize> {
    match event {
        ChangeSetEvent::DeltasReceived { deltas, .. } => Some(deltas.len()),
        ChangeSetEvent::DeltasSettled { outcomes, .. } => Some(outcomes.len()),
        ChangeSetEvent::ChangeSetReceived { .. }
        | ChangeSetEvent::DeltasReopened { .. }
        | ChangeSetEvent::DeltasIgnored { .. }
        | ChangeSetEvent::DeltasUndone { .. }
        | ChangeSetEvent::DeltasReplaced { .. }
        | ChangeSetEvent::DeltasTakenBack { .. }
        | ChangeSetEvent::DeltasFoundAgain { .. } => None,
    }
}

#[test]
fn a_change_set_stays_with_its_resource() {
    let command = ChangeSetCommand::Receive(ReceiveChangeSet {
        resource: id(2),
        delta_file: FILE,
        digest: digest("file"),
        size: 9,
        source: ChangeSetSource::Pushed,
        deltas: vec![],
    });
    change_set(vec![received()]).when(command).then_expect_error(ChangeSetRefusal::OfAnotherResource);
    let (one, other): (ResourceId, ResourceId) = (id(1), id(2));
    assert_ne!(ChangeSetId::of(one, FILE), ChangeSetId::of(other, FILE));
    assert_eq!(ChangeSetId::of(one, FILE), ChangeSetId::of(one, FILE));
}

pub fn outcome(number: u128, verdict: DeltaVerdict) -> DeltaOutcome {
    let feedback = json!({ "msg": "tried" });
    let (before, after) = (Value::Null, Value::Null);
    DeltaOutcome { id: id(number), verdict, modified_pk: None, feedback, before, after }
}

fn settle(job: u128, outcomes: Vec<DeltaOutcome>) -> ChangeSetCommand {
    ChangeSetCommand::Settle(SettleDeltas { job: id(job), outcomes })
}

pub fn settled(job: u128, outcomes: Vec<DeltaOutcome>) -> ChangeSetEvent {
    ChangeSetEvent::DeltasSettled { resource: id(1), delta_file: FILE, job: id(job), outcomes }
}

fn reopen(number: u128) -> ChangeSetCommand {
    ChangeSetCommand::Reopen(ReopenDeltas { deltas: vec![id(number)], overwrites_conflicts: true, columns: vec![] })
}

pub fn reopened(number: u128) -> ChangeSetEvent {
    let (deltas, columns) = (vec![id(number)], vec![]);
    ChangeSetEvent::DeltasReopened { resource: id(1), delta_file: FILE, deltas, overwrites_conflicts: true, columns }
}

pub fn ignored(number: u128) -> ChangeSetEvent {
    ChangeSetEvent::DeltasIgnored { resource: id(1), delta_file: FILE, deltas: vec![id(number)] }
}

fn not_permitted(number: u128) -> ReceivedDelta {
    ReceivedDelta { is_permitted: false, ..delta(number) }
}

/// Edits 1 and 2, and 3 which is not permitted.
pub fn three() -> Vec<ChangeSetEvent> {
    vec![received(), deltas(vec![delta(1), delta(2), not_permitted(3)])]
}

#[test]
fn what_came_of_an_edit_is_said_once_whoever_says_it() {
    let applied = || outcome(1, DeltaVerdict::Applied);
    change_set(three()).when(settle(7, vec![applied()])).then_expect_events(vec![settled(7, vec![applied()])]);
    let past = || [three(), vec![settled(7, vec![applied()])]].concat();
    change_set(past()).when(settle(7, vec![applied()])).then_expect_events(vec![]);
    let both = vec![outcome(1, DeltaVerdict::Error), outcome(2, DeltaVerdict::Conflict)];
    let only_new = vec![settled(8, vec![both[1].clone()])];
    change_set(past()).when(settle(8, both)).then_expect_events(only_new);
}

#[test]
fn an_edit_waits_for_one_job_only() {
    let told = |events: Vec<ChangeSetEvent>| {
        let mut state = ChangeSet::default();
        events.into_iter().for_each(|event| state.apply(event));
        state
    };
    let (seven, eight): (JobId, JobId) = (id(7), id(8));
    let waiting = told(three());
    assert!(waiting.awaits(id(1), seven) && waiting.awaits(id(1), eight));
    assert!(!waiting.awaits(id(3), seven), "nobody may apply it");
    assert!(!waiting.awaits(id(4), seven), "there is none");
    let heard = told([three(), vec![settled(7, vec![outcome(1, DeltaVerdict::Applied)])]].concat());
    assert!(heard.awaits(id(1), seven), "the one that said so may say it again");
    assert!(!heard.awaits(id(1), eight));
}

#[test]
fn what_is_not_permitted_or_unknown_is_never_settled() {
    let outcomes = vec![outcome(3, DeltaVerdict::Applied), outcome(4, DeltaVerdict::Applied)];
    change_set(three()).when(settle(7, outcomes)).then_expect_events(vec![]);
}

#[test]
fn many_outcomes_come_in_several_events() {
    let many: Vec<_> = (1..=501).map(delta).collect();
    let outcomes = (1..=501).map(|number| outcome(number, DeltaVerdict::Applied)).collect();
    let events = change_set(vec![received(), deltas(many)]).when(settle(7, outcomes)).inspect_result().unwrap();
    assert_eq!(events.iter().filter_map(count).collect::<Vec<_>>(), [500, 1]);
}

#[test]
fn an_edit_that_is_not_in_the_data_can_be_tried_again() {
    let past = |verdict| [three(), vec![settled(7, vec![outcome(1, verdict)])]].concat();
    for verdict in [DeltaVerdict::Conflict, DeltaVerdict::NotApplied, DeltaVerdict::Error] {
        change_set(past(verdict)).when(reopen(1)).then_expect_events(vec![reopened(1)]);
    }
    let again = [past(DeltaVerdict::Conflict), vec![reopened(1)]].concat();
    change_set(again.clone()).when(reopen(1)).then_expect_events(vec![]);
    let applied = outcome(1, DeltaVerdict::Applied);
    change_set(again).when(settle(8, vec![applied.clone()])).then_expect_events(vec![settled(8, vec![applied])]);
    let refused = |state| ChangeSetRefusal::NotOpen { delta: id(1), state };
    change_set(past(DeltaVerdict::Applied)).when(reopen(1)).then_expect_error(refused(DeltaState::Applied));
    let not_permitted = ChangeSetRefusal::NotOpen { delta: id(3), state: DeltaState::Unpermitted };
    change_set(three()).when(reopen(3)).then_expect_error(not_permitted);
    change_set(three()).when(reopen(4)).then_expect_error(ChangeSetRefusal::NoSuchDelta(id(4)));
}

fn mapping(layer: Option<&str>, from: &str, to: Option<&str>) -> ColumnMapping {
    ColumnMapping { layer: layer.map(Into::into), from: from.to_owned(), to: to.map(Into::into) }
}

#[test]
fn an_edit_is_tried_again_with_its_values_in_other_columns() {
    let girth = || vec![mapping(Some("trees"), "girth", Some("girth_cm")), mapping(None, "note", None)];
    let again =
        |columns| ChangeSetCommand::Reopen(ReopenDeltas { deltas: vec![id(1)], overwrites_conflicts: false, columns });
    let said = |columns| {
        let (resource, deltas) = (id(1), vec![id(1)]);
        ChangeSetEvent::DeltasReopened { resource, delta_file: FILE, deltas, overwrites_conflicts: false, columns }
    };
    let past = || [three(), vec![settled(7, vec![outcome(1, DeltaVerdict::NotApplied)])]].concat();
    change_set(past()).when(again(girth())).then_expect_events(vec![said(girth())]);
    // One that waits is told too; without columns there would be nothing to say.
    change_set(three()).when(again(girth())).then_expect_events(vec![said(girth())]);
    change_set(three()).when(again(vec![])).then_expect_events(vec![]);
    let applied = [three(), vec![settled(7, vec![outcome(1, DeltaVerdict::Applied)])]].concat();
    let refused = ChangeSetRefusal::NotOpen { delta: id(1), state: DeltaState::Applied };
    change_set(applied).when(again(girth())).then_expect_error(refused);
    let bad = [
        (vec![mapping(None, "", Some("girth_cm"))], BadColumnMapping::Unnamed),
        (vec![mapping(None, "girth", Some(""))], BadColumnMapping::Unnamed),
        (vec![mapping(Some(""), "girth", None)], BadColumnMapping::UnnamedLayer),
        (vec![mapping(None, "girth", Some("girth"))], BadColumnMapping::Same("girth".into())),
        (
            vec![mapping(Some("trees"), "girth", None), mapping(Some("trees"), "girth", Some("girth_cm"))],
            BadColumnMapping::Twice("girth".into()),
        ),
        (
            vec![mapping(Some("trees"), "girth", None), mapping(None, "girth", None)],
            BadColumnMapping::Twice("girth".into()),
        ),
    ];
    for (columns, why) in bad {
        change_set(past()).when(again(columns)).then_expect_error(ChangeSetRefusal::BadColumnMapping(why));
    }
    let two_layers = || vec![mapping(Some("trees"), "girth", None), mapping(Some("shrubs"), "girth", Some("width"))];
    change_set(past()).when(again(two_layers())).then_expect_events(vec![said(two_layers())]);
}

#[test]
fn an_edit_that_is_ignored_is_not_applied_unless_somebody_changes_their_mind() {
    let ignore = |number: u128| ChangeSetCommand::Ignore(vec![id(number)]);
    change_set(three()).when(ignore(1)).then_expect_events(vec![ignored(1)]);
    let past = || [three(), vec![ignored(1)]].concat();
    change_set(past()).when(ignore(1)).then_expect_events(vec![]);
    change_set(past()).when(settle(7, vec![outcome(1, DeltaVerdict::Applied)])).then_expect_events(vec![]);
    change_set(past()).when(reopen(1)).then_expect_events(vec![reopened(1)]);
    let applied = [three(), vec![settled(7, vec![outcome(1, DeltaVerdict::Applied)])]].concat();
    let refused = ChangeSetRefusal::NotOpen { delta: id(1), state: DeltaState::Applied };
    change_set(applied).when(ignore(1)).then_expect_error(refused);
}

fn patch() -> Value {
    json!({
        "uuid": "11111111-1111-4111-8111-111111111111",
        "clientId": "22222222-2222-4222-8222-222222222222",
        "method": "patch",
        "localPk": "7", "sourcePk": "7", "localLayerId": "trees", "sourceLayerId": "",
        "old": { "attributes": { "height": 3 }, "geometry": null },
        "new": { "attributes": { "height": 4 }, "files_sha256": { "DCIM/1.jpg": null }, "is_snapshot": false },
    })
}

fn file(deltas: Value) -> Value {
    json!({
        "version": "1.0",
        "id": "33333333-3333-4333-8333-333333333333",
        "project": "44444444-4444-4444-8444-444444444444",
        "files": [],
        "deltas": deltas,
        "unknown": "is passed over",
    })
}

fn parse(file: &Value) -> Result<DeltaFile, String> {
    DeltaFile::parse(file.to_string().as_bytes()).map_err(|bad| bad.to_string())
}

#[test]
fn a_delta_file_that_keeps_the_contract_is_read() {
    let read = parse(&file(json!([patch()]))).unwrap();
    assert_eq!(read.project.to_string(), "44444444-4444-4444-8444-444444444444");
    assert_eq!(read.deltas.len(), 1);
    assert_eq!((read.deltas[0].method, &read.deltas[0].content), (DeltaMethod::Patch, &patch()));
    assert_eq!(parse(&file(json!([]))).unwrap().deltas, []);
}

#[test]
fn each_required_key_is_missed_by_its_name() {
    for key in ["version", "id", "project", "deltas", "files"] {
        let mut broken = file(json!([patch()]));
        broken.as_object_mut().unwrap().remove(key);
        assert!(parse(&broken).unwrap_err().starts_with(&format!("{key}: expected")), "{key}");
    }
    for key in ["uuid", "clientId", "method", "localPk", "sourcePk", "localLayerId", "sourceLayerId", "old", "new"] {
        let mut broken = patch();
        broken.as_object_mut().unwrap().remove(key);
        let said = parse(&file(json!([broken]))).unwrap_err();
        assert!(said.starts_with(&format!("deltas[0].{key}: expected")), "{said}");
        assert!(said.ends_with("found nothing"), "{said}");
    }
}

#[test]
fn a_value_of_another_kind_is_named_with_what_was_found() {
    let with = |key: &str, value: Value| {
        let mut broken = patch();
        broken[key] = value;
        parse(&file(json!([broken]))).unwrap_err()
    };
    assert_eq!(with("method", json!("merge")), "deltas[0].method: expected create, patch or delete, found \"merge\"");
    assert_eq!(with("localPk", json!(7)), "deltas[0].localPk: expected a text, found 7");
    assert_eq!(with("uuid", json!("bees")), "deltas[0].uuid: expected a UUID, found \"bees\"");
    assert_eq!(with("new", json!([])), "deltas[0].new: expected an object, found an array");
    assert_eq!(
        with("new", json!({ "attribute": {} })),
        "deltas[0].new.attribute: expected only geometry, attributes, files_sha256 and is_snapshot, found an object"
    );
    assert_eq!(with("old", json!({ "geometry": 4 })), "deltas[0].old.geometry: expected a text or null, found 4");
    assert!(parse(&json!([])).unwrap_err().starts_with("version"));
    assert!(DeltaFile::parse(b"{").unwrap_err().to_string().starts_with("the file: expected JSON"));
    let mut twice = file(json!([]));
    twice["files"] = json!(["a.jpg", "a.jpg"]);
    assert!(parse(&twice).unwrap_err().starts_with("files[1]"));
}

#[test]
fn zero_characters_are_dropped_and_nothing_else() {
    let mut odd = patch();
    odd["new"]["attributes"]["note"] = json!("oak\u{0} \\u0000");
    let read = parse(&file(json!([odd]))).unwrap();
    assert_eq!(read.deltas[0].content["new"]["attributes"]["note"], "oak \\u0000");
    let _: DeltaId = read.deltas[0].id;
}
