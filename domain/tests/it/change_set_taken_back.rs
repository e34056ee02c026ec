//! Edits that were in the data until somebody brought a state of a file without them.

use fieldlog_domain::change_set::{
    BroughtFile, ChangeSetCommand, ChangeSetEvent, ChangeSetRecord, ChangeSetRefusal, DeltaVerdict, SettleDeltas,
    TakeBackDeltas, TakenBackDelta, UndoDeltas,
};
use serde_json::json;
use uuid::Uuid;

use crate::build::{ana, at, change_set, id, path, then};
use crate::change_set::{FILE, delta, deltas, ignored, outcome, received, reopened, settled, three};

fn brought() -> BroughtFile {
    BroughtFile { path: path("trees.gpkg"), version: Some(id(0x7e5)), by: Some(ana()), at: at(7) }
}

fn gone(number: u128) -> TakenBackDelta {
    TakenBackDelta { id: id(number), why: "feature '17' is not there".to_owned() }
}

fn take_back(deltas: Vec<TakenBackDelta>) -> ChangeSetCommand {
    ChangeSetCommand::TakeBack(TakeBackDeltas { job: id(20), brought: brought(), deltas })
}

fn taken_back(deltas: Vec<TakenBackDelta>) -> ChangeSetEvent {
    ChangeSetEvent::DeltasTakenBack { resource: id(1), delta_file: FILE, job: id(20), brought: brought(), deltas }
}

fn find_again(number: u128) -> ChangeSetCommand {
    ChangeSetCommand::FindAgain { job: id(21), deltas: vec![id(number)] }
}

fn found_again(number: u128) -> ChangeSetEvent {
    ChangeSetEvent::DeltasFoundAgain { resource: id(1), delta_file: FILE, job: id(21), deltas: vec![id(number)] }
}

/// Edit 1 is in the data, 2 is in conflict, 3 is not permitted.
fn applied() -> Vec<ChangeSetEvent> {
    let outcomes = vec![outcome(1, DeltaVerdict::Applied), outcome(2, DeltaVerdict::Conflict)];
    then(&three(), [settled(7, outcomes)])
}

fn lost() -> Vec<ChangeSetEvent> {
    then(&applied(), [taken_back(vec![gone(1)])])
}

#[test]
fn only_what_is_in_the_data_is_taken_back_and_that_once() {
    let all = vec![gone(1), gone(2), gone(3), gone(4)];
    change_set(applied()).when(take_back(all.clone())).then_expect_events(vec![taken_back(vec![gone(1)])]);
    change_set(lost()).when(take_back(all.clone())).then_expect_events(vec![]);
    let waiting = then(&lost(), [reopened(1)]);
    change_set(waiting).when(take_back(all.clone())).then_expect_events(vec![]);
    change_set(vec![]).when(take_back(all)).then_expect_events(vec![]);
}

#[test]
fn what_was_taken_back_is_applied_again_like_any_edit() {
    let reopen = ChangeSetCommand::Reopen(fieldlog_domain::change_set::ReopenDeltas {
        deltas: vec![id(1)],
        overwrites_conflicts: true,
        columns: vec![],
    });
    change_set(lost()).when(reopen).then_expect_events(vec![reopened(1)]);
    let settle =
        ChangeSetCommand::Settle(SettleDeltas { job: id(8), outcomes: vec![outcome(1, DeltaVerdict::Applied)] });
    change_set(lost()).when(settle.clone()).then_expect_events(vec![]);
    let again = settled(8, vec![outcome(1, DeltaVerdict::Applied)]);
    change_set(then(&lost(), [reopened(1)])).when(settle).then_expect_events(vec![again.clone()]);
    let twice = then(&lost(), [reopened(1), again]);
    change_set(twice).when(take_back(vec![gone(1)])).then_expect_events(vec![taken_back(vec![gone(1)])]);
}

#[test]
fn somebody_may_decide_that_it_is_right_so() {
    change_set(lost()).when(ChangeSetCommand::Ignore(vec![id(1)])).then_expect_events(vec![ignored(1)]);
    let decided = then(&lost(), [ignored(1)]);
    change_set(decided).when(find_again(1)).then_expect_events(vec![]);
}

#[test]
fn what_is_found_again_is_in_the_data() {
    change_set(lost()).when(find_again(1)).then_expect_events(vec![found_again(1)]);
    change_set(applied()).when(find_again(1)).then_expect_events(vec![]);
    change_set(applied()).when(find_again(2)).then_expect_events(vec![]);
    let back = then(&lost(), [found_again(1)]);
    change_set(back.clone()).when(take_back(vec![gone(1)])).then_expect_events(vec![taken_back(vec![gone(1)])]);
    let undo = ChangeSetCommand::Undo(UndoDeltas { deltas: None, by: Uuid::from_u128(5) });
    let (resource, delta_file, by) = (id(1), FILE, Uuid::from_u128(5));
    let undone = ChangeSetEvent::DeltasUndone { resource, delta_file, by, deltas: vec![id(1)] };
    change_set(back).when(undo.clone()).then_expect_events(vec![undone]);
    change_set(lost()).when(undo).then_expect_error(ChangeSetRefusal::NothingToUndo);
}

#[test]
fn many_come_in_several_events() {
    let many: Vec<_> = (1..=501).map(delta).collect();
    let outcomes = (1..=501).map(|number| outcome(number, DeltaVerdict::Applied)).collect();
    let past = vec![received(), deltas(many), settled(7, outcomes)];
    let events = change_set(past).when(take_back((1..=501).map(gone).collect())).inspect_result().unwrap();
    assert_eq!(events.len(), 2);
}

#[test]
fn an_edit_that_was_applied_twice_is_undone_once() {
    let made = || {
        let mut made = outcome(1, DeltaVerdict::Applied);
        (made.modified_pk, made.after) = (Some("17".into()), json!({ "attributes": { "fid": 17 }, "geometry": null }));
        made
    };
    let past = [received(), deltas(vec![delta(1)]), settled(7, vec![made()]), taken_back(vec![gone(1)]), reopened(1)];
    let mut record = ChangeSetRecord::default();
    past.into_iter().chain([settled(8, vec![made()])]).for_each(|event| record.tell(event));
    let undoing = record.undoing(&[id(1)], Uuid::from_u128(5)).unwrap();
    assert_eq!(undoing.deltas.len(), 1);
}
