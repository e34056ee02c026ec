//! Earlier moments.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fieldlog_eventlog::Position;
use fieldlog_projections::{History, Moment, Order, Page, ReadModel, ReadModelError};

use crate::world::{World, assert_same, current, dump, kept, long_history, quick};
use crate::wrapped::{Twist, Wrapped};

/// The rows of a model that never saw anything after `end`.
async fn fresh(world: &World, end: Position) -> String {
    let dir = tempfile::tempdir().unwrap();
    let short = Wrapped::twisted(&world.log, Twist::EndsAt(end));
    let model = ReadModel::start(dir.path(), short, quick()).await.unwrap();
    model.shutdown().await;
    dump(&current(dir.path()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_moment_is_what_a_fold_up_to_there_gives() {
    let (world, _) = World::with(&long_history(11, 1_200)).await;
    let model = world.model().await;
    let head = world.log.head().await.unwrap().0;
    // Up and down, near and far, at milestones and beside them, at both ends.
    for at in [0, 1, head / 2, head / 2 + 1, head - 1, head / 3, 64, 63, 65, 640, head / 2, head - 40] {
        let at = Position(at);
        let view = model.as_of(Moment::Position(at)).await.unwrap();
        assert_eq!(view.position().unwrap(), at);
        assert_same(&format!("as of {at}"), &fresh(&world, at).await, &dump(&kept(&world.models(), at)));
    }
    let files = std::fs::read_dir(world.models().join("history")).unwrap().count();
    assert!(files <= 4, "found {files} files, expected at most the 4 that are kept");
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_moments_outlive_a_restart() {
    let (world, _) = World::with(&long_history(12, 400)).await;
    let model = world.model().await;
    let at = Moment::Position(Position(150));
    model.as_of(at).await.unwrap();
    model.shutdown().await;
    drop(model);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Wrapped::twisted(&world.log, Twist::Counts(Arc::clone(&count)));
    let again = ReadModel::start(&world.models(), counted, quick()).await.unwrap();
    assert_eq!(again.as_of(at).await.unwrap().position().unwrap(), Position(150));
    assert_eq!(count.load(Ordering::SeqCst), 0, "nothing is folded again");
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_was_given_up_and_is_made_again_outlives_its_earlier_readers() {
    let (world, _) = World::with(&long_history(18, 300)).await;
    let dir = tempfile::tempdir().unwrap();
    let options = fieldlog_projections::ReadModelOptions { kept_moments: 1, milestone_every: 1_000_000, ..quick() };
    let history = History::open(dir.path(), Arc::clone(&world.log), &options).unwrap();
    let at = async |position| history.as_of(Moment::Position(Position(position))).await.unwrap();
    let earlier = at(100).await;
    drop(at(200).await);
    let again = at(100).await;
    assert_eq!(earlier.position().unwrap(), Position(100));
    drop(earlier);
    assert_eq!(again.pinned().unwrap().position().unwrap(), Position(100), "a new connection opens the file");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_is_folded_once_however_many_ask() {
    let (world, _) = World::with(&long_history(13, 900)).await;
    let model = world.model().await;
    model.shutdown().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Wrapped::twisted(&world.log, Twist::Counts(Arc::clone(&count)));
    let dir = tempfile::tempdir().unwrap();
    let options = fieldlog_projections::ReadModelOptions { milestone_every: 1_000_000, ..quick() };
    let history = History::open(dir.path(), counted, &options).unwrap();
    let asked = (0..16).map(|_| {
        let history = history.clone();
        tokio::spawn(async move { history.as_of(Moment::Position(Position(500))).await.unwrap().position().unwrap() })
    });
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap(), Position(500));
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_after_the_head_is_refused_and_says_where_the_head_is() {
    let (world, _) = World::with(&long_history(14, 60)).await;
    let model = world.model().await;
    let head = world.log.head().await.unwrap();
    let wanted = Position(head.0 + 1);
    let error = model.as_of(Moment::Position(wanted)).await.unwrap_err();
    assert!(matches!(error, ReadModelError::AfterHead { wanted: w, head: h } if (w, h) == (wanted, head)), "{error}");
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_moment_needs_no_file_and_stands_still() {
    let (world, _) = World::with(&long_history(15, 200)).await;
    let model = world.model().await;
    let head = world.log.head().await.unwrap();
    let view = model.as_of(Moment::Position(head)).await.unwrap();
    let before = view.list_accounts(Page::first(1_000)).unwrap();
    world
        .given(
            fieldlog_domain::StreamKind::Account,
            uuid::Uuid::new_v4(),
            None,
            vec![fieldlog_domain::account::AccountEvent::AccountRegistered {
                name: fieldlog_domain::shared::AccountName::try_new("late").unwrap(),
                kind: fieldlog_domain::account::AccountKind::Person,
                owner: None,
            }],
        )
        .await;
    world.caught_up(&model).await;
    assert_eq!(view.position().unwrap(), head);
    assert_eq!(view.list_accounts(Page::first(1_000)).unwrap(), before);
    assert!(model.view().account_by_name("LATE").unwrap().is_some());
    assert_eq!(std::fs::read_dir(world.models().join("history")).unwrap().count(), 0);
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_the_last_event_recorded_by_then() {
    let (world, _) = World::with(&long_history(16, 300)).await;
    let model = world.model().await;
    let events = world.log.read_feed(Position::START, 100_000).await.unwrap();
    for seconds in [-1, 0, 1, 3, 7, 12, 1_000_000] {
        let time = crate::simulation::start_of_time() + chrono::Duration::seconds(seconds);
        let expected =
            events.iter().rev().find(|event| event.recorded_at <= time).map_or(Position::START, |event| event.position);
        let view = model.as_of(Moment::Time(time)).await.unwrap();
        assert_eq!(view.position().unwrap(), expected, "{seconds} s");
        assert_eq!(model.view().position_at(time).unwrap(), expected, "{seconds} s");
    }
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_may_be_asked_for_before_the_live_model_is_there() {
    let (world, appended) = World::with(&long_history(17, 500)).await;
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(dir.path(), Arc::clone(&world.log), &quick()).unwrap();
    let head = world.log.head().await.unwrap();
    let view = history.as_of(Moment::Position(head)).await.unwrap();
    let resource = appended.iter().find_map(|it| it.events[0].metadata.resource).unwrap();
    let told = view.history(resource, Order::OldestFirst, Page::first(1_000)).unwrap().rows.len();
    let expected =
        appended.iter().flat_map(|it| &it.events).filter(|it| it.metadata.resource == Some(resource)).count();
    assert_eq!(told, expected);
}
