//! Undoing edits that are in the data, resolving those that are in conflict, and the change sets that follow.

use cqrs_es::Aggregate;
use fieldlog_domain::DeltaId;
use fieldlog_domain::change_set::{
    ChangeSet, ChangeSetCommand, ChangeSetEvent, ChangeSetRecord, ChangeSetRefusal, ChangeSetSource, DeltaFile,
    DeltaMethod, DeltaOrigin, DeltaOutcome, DeltaState, DeltaVerdict, ReceivedDelta, Replacement, Resolution,
    ResolveConflicts, UndoDeltas,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::build::{change_set, id};
use crate::change_set::{FILE, delta, deltas, ignored, outcome, received, reopened, settled, three};

const BY: Uuid = Uuid::from_u128(0xb1);
const OTHER: Uuid = Uuid::from_u128(0xb2);

fn undo(deltas: Option<Vec<DeltaId>>) -> ChangeSetCommand {
    ChangeSetCommand::Undo(UndoDeltas { deltas, by: BY })
}

fn undone(by: Uuid, deltas: Vec<DeltaId>) -> ChangeSetEvent {
    ChangeSetEvent::DeltasUndone { resource: id(1), delta_file: FILE, by, deltas }
}

/// Edits 1 and 2 are in the data, 3 is not permitted, 4 is in conflict.
fn tried() -> Vec<ChangeSetEvent> {
    let outcomes =
        vec![outcome(1, DeltaVerdict::Applied), outcome(2, DeltaVerdict::Applied), outcome(4, DeltaVerdict::Conflict)];
    [three(), vec![deltas(vec![delta(4)]), settled(7, outcomes)]].concat()
}

#[test]
fn edits_that_are_in_the_data_are_undone_and_others_are_left_out() {
    change_set(tried()).when(undo(None)).then_expect_events(vec![undone(BY, vec![id(1), id(2)])]);
    let some = Some(vec![id(2), id(4)]);
    change_set(tried()).when(undo(some)).then_expect_events(vec![undone(BY, vec![id(2)])]);
    change_set(three()).when(undo(None)).then_expect_error(ChangeSetRefusal::NothingToUndo);
    change_set(tried()).when(undo(Some(vec![id(4)]))).then_expect_error(ChangeSetRefusal::NothingToUndo);
    change_set(tried()).when(undo(Some(vec![]))).then_expect_error(ChangeSetRefusal::NothingToUndo);
    change_set(vec![]).when(undo(None)).then_expect_error(ChangeSetRefusal::NothingToUndo);
    change_set(tried()).when(undo(Some(vec![id(5)]))).then_expect_error(ChangeSetRefusal::NoSuchDelta(id(5)));
}

#[test]
fn what_is_undone_is_not_undone_again() {
    let past = [tried(), vec![undone(OTHER, vec![id(1)])]].concat();
    change_set(past.clone()).when(undo(None)).then_expect_events(vec![undone(BY, vec![id(2)])]);
    let refused = ChangeSetRefusal::AlreadyUndone { by: OTHER };
    change_set(past.clone()).when(undo(Some(vec![id(1)]))).then_expect_error(refused.clone());
    let past = [past, vec![undone(BY, vec![id(2)])]].concat();
    change_set(past).when(undo(None)).then_expect_error(refused);
}

#[test]
fn many_edits_are_undone_in_several_events() {
    let many = || (1..=501).map(delta).collect();
    let outcomes = (1..=501).map(|number| outcome(number, DeltaVerdict::Applied)).collect();
    let past = vec![received(), deltas(many()), settled(7, outcomes)];
    let events = change_set(past).when(undo(None)).inspect_result().unwrap();
    let count = |event: &ChangeSetEvent| match event {
        ChangeSetEvent::DeltasUndone { deltas, .. } => deltas.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(events.iter().map(count).collect::<Vec<_>>(), [500, 1]);
}

fn resolve(resolutions: Vec<Resolution>) -> ChangeSetCommand {
    ChangeSetCommand::Resolve(ResolveConflicts { resolutions, by: BY })
}

fn replacement(number: u128, attributes: Value) -> Replacement {
    let Value::Object(attributes) = attributes else { panic!("expected an object") };
    Replacement { id: id(number), attributes, geometry: None }
}

fn replaced(replacements: Vec<Replacement>) -> ChangeSetEvent {
    ChangeSetEvent::DeltasReplaced { resource: id(1), delta_file: FILE, by: BY, replacements }
}

#[test]
fn a_conflict_is_resolved_for_one_side_or_with_something_else() {
    let use_mine = resolve(vec![Resolution::UseMine(id(4))]);
    change_set(tried()).when(use_mine).then_expect_events(vec![reopened(4)]);
    let use_theirs = resolve(vec![Resolution::UseTheirs(id(4))]);
    change_set(tried()).when(use_theirs).then_expect_events(vec![ignored(4)]);
    let something_else = replacement(4, json!({ "height": 5 }));
    let edit = resolve(vec![Resolution::Edit(something_else.clone())]);
    change_set(tried()).when(edit).then_expect_events(vec![replaced(vec![something_else])]);
}

#[test]
fn only_a_conflict_is_resolved_and_only_once() {
    let refused = |state| ChangeSetRefusal::NotInConflict { delta: id(1), state };
    for resolution in [
        Resolution::UseMine(id(1)),
        Resolution::UseTheirs(id(1)),
        Resolution::Edit(replacement(1, json!({ "height": 5 }))),
    ] {
        let resolve = || resolve(vec![Resolution::UseMine(id(4)), resolution.clone()]);
        change_set(tried()).when(resolve()).then_expect_error(refused(DeltaState::Applied));
    }
    let error = [three(), vec![settled(7, vec![outcome(1, DeltaVerdict::Error)])]].concat();
    let use_mine = resolve(vec![Resolution::UseMine(id(1))]);
    change_set(error).when(use_mine).then_expect_error(refused(DeltaState::NotApplied));
    let unknown = resolve(vec![Resolution::UseMine(id(9))]);
    change_set(tried()).when(unknown).then_expect_error(ChangeSetRefusal::NoSuchDelta(id(9)));
    let state = DeltaState::Replaced;
    let past = [tried(), vec![replaced(vec![replacement(4, json!({ "height": 5 }))])]].concat();
    let again = resolve(vec![Resolution::UseTheirs(id(4))]);
    change_set(past.clone()).when(again).then_expect_error(ChangeSetRefusal::NotInConflict { delta: id(4), state });
    let ignore = ChangeSetCommand::Ignore(vec![id(4)]);
    change_set(past).when(ignore).then_expect_error(ChangeSetRefusal::NotOpen { delta: id(4), state });
}

/// An edit of a device.
fn edit(number: u128, method: DeltaMethod, states: Value) -> ReceivedDelta {
    let mut content = json!({
        "uuid": Uuid::from_u128(number), "clientId": Uuid::from_u128(0xc1), "method": method,
        "localPk": format!("-{number}"), "sourcePk": "", "localLayerId": "local trees", "sourceLayerId": "trees",
        "localLayerName": "Trees", "exportId": Uuid::from_u128(0xe1),
    });
    let states = states.as_object().unwrap().clone();
    content.as_object_mut().unwrap().extend(states);
    ReceivedDelta { id: id(number), method, is_permitted: true, content, origin: None }
}

fn came(number: u128, verdict: DeltaVerdict, before: Value, after: Value) -> DeltaOutcome {
    let modified_pk = verdict.is_applied().then(|| "17".to_owned());
    DeltaOutcome { id: id(number), verdict, modified_pk, feedback: Value::Null, before, after }
}

fn record(events: Vec<ChangeSetEvent>) -> ChangeSetRecord {
    let mut record = ChangeSetRecord::default();
    events.into_iter().for_each(|event| record.tell(event));
    record
}

fn oak(height: i64) -> Value {
    json!({ "attributes": { "fid": 17, "name": "oak", "height": height }, "geometry": "Point (7 46)" })
}

/// A feature comes, changes and goes; of another one nothing comes.
fn lived() -> Vec<ChangeSetEvent> {
    let grown = json!({
        "old": { "attributes": { "height": 3, "name": "oak" }, "geometry": "Point (7 46)" },
        "new": { "attributes": { "height": 4, "name": "oak" }, "geometry": "Point (7 47)" },
    });
    let before = json!({ "attributes": { "height": 3, "name": "oak" }, "geometry": "Point (7 46)" });
    let after = json!({ "attributes": { "height": 4, "name": "oak" }, "geometry": "Point (7 47)" });
    let all = vec![
        edit(1, DeltaMethod::Create, json!({ "new": { "attributes": { "name": "oak" } } })),
        edit(2, DeltaMethod::Patch, grown),
        edit(3, DeltaMethod::Delete, json!({ "old": { "attributes": { "name": "oak" } } })),
        edit(4, DeltaMethod::Create, json!({ "new": {} })),
    ];
    let outcomes = vec![
        came(1, DeltaVerdict::Applied, Value::Null, oak(3)),
        came(2, DeltaVerdict::Applied, before, after),
        came(3, DeltaVerdict::Applied, oak(4), Value::Null),
        came(4, DeltaVerdict::NotApplied, Value::Null, Value::Null),
    ];
    vec![received(), deltas(all), settled(7, outcomes)]
}

#[test]
fn the_answer_undoes_what_was_applied_the_last_first() {
    let told = record([lived(), vec![undone(BY, vec![id(1), id(2), id(3)])]].concat());
    let answer = told.answer(BY).unwrap().unwrap();
    assert_eq!((answer.delta_file, answer.source), (BY, ChangeSetSource::Undo { delta_file: FILE }));
    let origins: Vec<_> = answer.deltas.iter().map(|(origin, _)| *origin).collect();
    assert_eq!(origins, [3, 2, 1].map(|number| DeltaOrigin::Undoes { delta: id(number) }));
    let common = |number: u128, method: &str| {
        json!({
            "uuid": DeltaId::answering(BY, id(number)), "clientId": BY, "method": method, "localPk": "17",
            "sourcePk": "17", "localLayerId": "trees", "sourceLayerId": "trees", "localLayerName": "Trees",
        })
    };
    let expected = |number: u128, method: &str, states: Value| {
        let mut content = common(number, method);
        content.as_object_mut().unwrap().extend(states.as_object().unwrap().clone());
        content
    };
    let contents: Vec<_> = answer.deltas.iter().map(|(_, content)| content.clone()).collect();
    let shrunk = json!({
        "old": { "attributes": { "height": 4 }, "geometry": "Point (7 47)" },
        "new": { "attributes": { "height": 3 }, "geometry": "Point (7 46)" },
    });
    assert_eq!(contents[0], expected(3, "create", json!({ "new": oak(4) })), "with its key");
    assert_eq!(contents[1], expected(2, "patch", shrunk), "only what changed");
    assert_eq!(contents[2], expected(1, "delete", json!({ "old": oak(3) })));
    assert_eq!(told.answer(OTHER).unwrap(), None, "nobody decided that");
}

#[test]
fn what_was_stored_is_in_the_system_of_the_data_and_not_of_the_device() {
    let placed = |crs: Option<&str>| {
        let mut state = oak(3);
        state.as_object_mut().unwrap().extend(crs.map(|crs| ("crs".to_owned(), json!(crs))));
        state
    };
    let named = json!({ "new": {}, "localLayerCrs": "EPSG:4326" });
    for (told, expected) in [(Some("EPSG:2056"), "EPSG:2056"), (None, "EPSG:4326")] {
        let came = came(1, DeltaVerdict::Applied, Value::Null, placed(told));
        let events =
            vec![received(), deltas(vec![edit(1, DeltaMethod::Create, named.clone())]), settled(7, vec![came])];
        let answer = record(events).undoing(&[id(1)], BY).unwrap();
        let (_, content) = &answer.deltas[0];
        assert_eq!((&content["localLayerCrs"], &content["old"]), (&json!(expected), &oak(3)), "{told:?}");
    }
}

#[test]
fn the_answer_is_a_delta_file_that_keeps_the_contract() {
    let answer = record(lived()).undoing(&[id(1), id(2), id(3)], BY).unwrap();
    let file = DeltaFile::parse(answer.to_json(id(1)).to_string().as_bytes()).unwrap();
    assert_eq!((file.id, file.project), (BY, id(1)));
    let methods: Vec<_> = file.deltas.iter().map(|delta| delta.method).collect();
    assert_eq!(methods, [DeltaMethod::Create, DeltaMethod::Patch, DeltaMethod::Delete]);
}

#[test]
fn an_edit_that_was_applied_later_is_undone_earlier() {
    let patch = |number| edit(number, DeltaMethod::Patch, json!({ "old": {}, "new": {} }));
    let state = json!({ "attributes": {} });
    let applied = |number| came(number, DeltaVerdict::Applied, state.clone(), state.clone());
    let conflict = came(1, DeltaVerdict::Conflict, state.clone(), state.clone());
    let told = record(vec![
        received(),
        deltas(vec![patch(1), patch(2)]),
        settled(7, vec![conflict, applied(2)]),
        reopened(1),
        settled(8, vec![applied(1)]),
    ]);
    let answer = told.undoing(&[id(1), id(2)], BY).unwrap();
    let origins: Vec<_> = answer.deltas.into_iter().map(|(origin, _)| origin).collect();
    assert_eq!(origins, [1, 2].map(|number| DeltaOrigin::Undoes { delta: id(number) }));
}

#[test]
fn what_the_log_does_not_tell_cannot_be_undone() {
    let told = |method, outcome: DeltaOutcome| {
        let states = json!({ "old": {}, "new": {} });
        record(vec![received(), deltas(vec![edit(1, method, states)]), settled(7, vec![outcome])])
            .undoing(&[id(1)], BY)
            .unwrap_err()
    };
    let missing = |missing| ChangeSetRefusal::CannotBeUndone { delta: id(1), missing };
    let nothing = || came(1, DeltaVerdict::Applied, Value::Null, Value::Null);
    assert_eq!(told(DeltaMethod::Delete, nothing()), missing("how its feature was before"));
    assert_eq!(told(DeltaMethod::Create, nothing()), missing("how its feature was afterwards"));
    let without_key = DeltaOutcome { modified_pk: None, after: oak(3), ..nothing() };
    assert_eq!(told(DeltaMethod::Create, without_key), missing("the key of its feature"));
}

/// Edit 1 of a device wants another height, and is in conflict.
fn in_conflict() -> Vec<ChangeSetEvent> {
    let states = json!({ "old": { "attributes": { "height": 3 } }, "new": { "attributes": { "height": 4 } } });
    let found = json!({ "attributes": { "height": 9, "name": "oak" }, "geometry": "Point (7 46)" });
    let outcomes = vec![came(1, DeltaVerdict::Conflict, found.clone(), found)];
    vec![received(), deltas(vec![edit(1, DeltaMethod::Patch, states)]), settled(7, outcomes)]
}

#[test]
fn what_is_stored_in_place_of_a_conflict_is_a_patch_of_what_the_project_has() {
    let mut decided = replacement(1, json!({ "height": 5 }));
    decided.geometry = Some("Point (7 48)".to_owned());
    let told = record([in_conflict(), vec![replaced(vec![decided])]].concat());
    let answer = told.answer(BY).unwrap().unwrap();
    assert_eq!(answer.source, ChangeSetSource::Replacement { delta_file: FILE });
    let [(origin, content)] = &answer.deltas[..] else { panic!("{:?}", answer.deltas) };
    assert_eq!(*origin, DeltaOrigin::Replaces { delta: id(1) });
    assert_eq!(content["method"], "patch");
    assert_eq!((&content["localPk"], &content["clientId"]), (&json!("-1"), &json!(Uuid::from_u128(0xc1))));
    let found = json!({ "attributes": { "height": 9, "name": "oak" }, "geometry": "Point (7 46)" });
    assert_eq!(content["old"], found, "all that was seen when it was decided");
    assert_eq!(content["new"], json!({ "attributes": { "height": 5 }, "geometry": "Point (7 48)" }));
    DeltaFile::parse(answer.to_json(id(1)).to_string().as_bytes()).unwrap();
}

#[test]
fn a_place_that_is_decided_is_in_the_system_that_it_comes_from() {
    let states = json!({
        "old": { "attributes": {}, "geometry": "Point (7 45)" }, "new": { "geometry": "Point (7 47)" },
        "localLayerCrs": "EPSG:4326",
    });
    let found = json!({ "attributes": { "height": 9 }, "geometry": "Point (2600000 1200000)", "crs": "EPSG:2056" });
    let outcome = came(1, DeltaVerdict::Conflict, found.clone(), found.clone());
    let told = record(vec![received(), deltas(vec![edit(1, DeltaMethod::Patch, states)]), settled(7, vec![outcome])]);
    for (decided, system, old) in [
        (Some("Point (7 47)"), "EPSG:4326", None),
        (Some("Point (2600000 1200001)"), "EPSG:2056", Some(&found["geometry"])),
        (None, "EPSG:2056", Some(&found["geometry"])),
    ] {
        let mut replacement = replacement(1, json!({ "height": 5 }));
        replacement.geometry = decided.map(str::to_owned);
        let answer = told.replacing(&[replacement], BY).unwrap();
        let (_, content) = &answer.deltas[0];
        assert_eq!((&content["localLayerCrs"], content["old"].get("geometry")), (&json!(system), old), "{decided:?}");
    }
}

#[test]
fn only_what_the_conflict_shows_can_be_decided() {
    let refused = |decided| record(in_conflict()).replacing(&[decided], BY).unwrap_err();
    let known = vec!["height".to_owned(), "name".to_owned()];
    let unknown = refused(replacement(1, json!({ "girth": 5 })));
    assert_eq!(unknown, ChangeSetRefusal::UnknownField { found: "girth".to_owned(), known });
    assert_eq!(unknown.to_string(), "expected fields that the conflict shows (height, name), found \"girth\"");
    let nothing = Replacement { id: id(1), attributes: Map::new(), geometry: None };
    assert_eq!(refused(nothing), ChangeSetRefusal::NothingToStore(id(1)));
    assert_eq!(refused(replacement(9, json!({}))), ChangeSetRefusal::NoSuchDelta(id(9)));
}

#[test]
fn decisions_are_the_same_after_the_state_was_kept_and_read_again() {
    let mut state = ChangeSet::default();
    let past = [tried(), vec![undone(OTHER, vec![id(1)])]].concat();
    past.into_iter().for_each(|event| state.apply(event));
    let kept: ChangeSet = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    assert_eq!(kept.undoable(None), Ok(vec![id(2)]));
}
