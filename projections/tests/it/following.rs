//! Keeping up with the log, whatever happens to it, to the process and to the files.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fieldlog_domain::account::{AccountEvent, AccountKind};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::{AccountName, ClientType};
use fieldlog_domain::{AccountId, StreamId, StreamKind};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{NewEvent, Position};
use fieldlog_projections::{Behind, Follower, ReadModel, ReadModelError};
use uuid::Uuid;

use crate::simulation::append_all;
use crate::world::{PATIENCE, World, assert_same, current, dump, long_history, quick, simulate};
use crate::wrapped::{Twist, Wrapped};

fn registered(name: &str) -> AccountEvent {
    AccountEvent::AccountRegistered {
        name: AccountName::try_new(name).unwrap(),
        kind: AccountKind::Person,
        owner: None,
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_wrote_reads_it_once_they_waited_for_their_receipt() {
    let world = World::new();
    let model = world.model().await;
    for number in 0..50 {
        let id = Uuid::new_v4();
        let receipt = world.given(StreamKind::Account, id, None, vec![registered(&format!("ana{number}"))]).await;
        model.wait_until(receipt.position, PATIENCE).await.unwrap();
        assert!(model.view().account(AccountId(id)).unwrap().is_some());
        assert!(*model.changes().borrow() >= receipt.position);
    }
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_in_vain_says_where_the_model_is() {
    let world = World::new();
    let model = world.model().await;
    let waited = model.wait_until(Position(5), Duration::from_millis(20)).await;
    assert_eq!(waited, Err(Behind { at: Position(0), wanted: Position(5) }));
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_goes_on_where_it_stopped() {
    let history = simulate(&long_history(21, 800));
    let (first, rest) = history.split_at(300);
    let world = World::new();
    append_all(&world.log, first.to_vec()).await;
    let model = world.model().await;
    let path = current(&world.models());
    model.shutdown().await;
    assert_eq!(model.health().follower, Follower::ShutDown);
    append_all(&world.log, rest.to_vec()).await;
    let again = world.model().await;
    assert_eq!(current(&world.models()), path, "the same file");
    again.shutdown().await;
    let anew = world.dir.path().join("anew");
    world.model_in(&anew).await.shutdown().await;
    assert_same("went on", &dump(&current(&anew)), &dump(&path));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_follower() {
    let world = World::new();
    let model = world.model().await;
    let second = ReadModel::start(&world.models(), Arc::clone(&world.log), quick()).await;
    assert!(matches!(second, Err(ReadModelError::InUse(dir)) if dir == world.models()));
    model.shutdown().await;
    world.model().await.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_of_another_log_is_refused_and_left_alone() {
    let (world, _) = World::with(&long_history(22, 100)).await;
    world.model().await.shutdown().await;
    let theirs = current(&world.models());
    let other = World::new();
    other.given(StreamKind::Account, Uuid::new_v4(), None, vec![registered("only")]).await;
    let model = other.model_in(&world.models()).await;
    assert_eq!(model.position(), Position(1));
    assert_ne!(current(&world.models()), theirs);
    model.shutdown().await;
    assert!(theirs.exists());
    let back = world.model().await;
    assert_eq!(back.position(), world.log.head().await.unwrap());
    assert!(format!("{:?}", back.view()).contains(theirs.to_str().unwrap()), "found again without the pointer");
    back.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_another_shape_is_built_anew_and_removed() {
    let (world, _) = World::with(&long_history(23, 100)).await;
    world.model().await.shutdown().await;
    let old = current(&world.models());
    rusqlite::Connection::open(&old).unwrap().execute("UPDATE model SET schema = 'older'", []).unwrap();
    let model = world.model().await;
    assert_ne!(current(&world.models()), old);
    assert!(!old.exists());
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_knows_more_than_its_log_is_built_anew() {
    let (world, _) = World::with(&long_history(26, 100)).await;
    world.model().await.shutdown().await;
    let ahead = current(&world.models());
    let restored = Wrapped::twisted(&world.log, Twist::EndsAt(Position(40)));
    let model = ReadModel::start(&world.models(), restored, quick()).await.unwrap();
    assert_eq!(model.position(), Position(40));
    assert!(!ahead.exists());
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_model_is_passed_over() {
    let (world, _) = World::with(&long_history(24, 50)).await;
    std::fs::create_dir_all(world.models()).unwrap();
    std::fs::write(
        world.models().join("model-v0-0.sqlite"),
        "not a database, but long enough to look like one ".repeat(50),
    )
    .unwrap();
    std::fs::write(world.models().join("current"), "../../etc/passwd").unwrap();
    std::fs::write(world.models().join("building-1.sqlite"), "broken off").unwrap();
    let model = world.model().await;
    assert_eq!(model.position(), world.log.head().await.unwrap());
    assert!(!world.models().join("building-1.sqlite").exists());
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_newer_program_stops_the_model_and_is_not_skipped() {
    let world = World::new();
    let model = world.model().await;
    let known = Uuid::new_v4();
    world.given(StreamKind::Account, known, None, vec![registered("before")]).await;
    let metadata = Metadata {
        actor: Actor::System,
        client: ClientType::Fieldlog,
        command_id: Uuid::new_v4().into(),
        correlation_id: Uuid::new_v4().into(),
        causation_id: None,
        resource: None,
    };
    let newer = NewEvent {
        event_id: Uuid::new_v4().into(),
        event_type: "account_teleported".to_owned(),
        event_version: "1.0.0".to_owned(),
        payload: r#"{"type":"account_teleported"}"#.to_owned(),
        metadata,
    };
    world.log.append(&StreamId::new(StreamKind::Account, known), 1, vec![newer]).await.unwrap();
    let after = Uuid::new_v4();
    world.given(StreamKind::Account, after, None, vec![registered("after")]).await;
    until("it stops", || matches!(model.health().follower, Follower::Stopped { .. })).await;
    let health = model.health();
    assert_eq!(health.position, Position(1));
    let Follower::Stopped { reason } = health.follower else { panic!("{health:?}") };
    assert!(reason.contains("position 2") && reason.contains("account_teleported"), "{reason}");
    assert!(model.view().account(AccountId(known)).unwrap().is_some());
    assert!(model.view().account(AccountId(after)).unwrap().is_none());
    assert!(matches!(model.rebuild(None).await, Err(ReadModelError::Unreadable { position: Position(2), .. })));
    model.shutdown().await;

    let anew = ReadModel::start(&world.dir.path().join("anew"), Arc::clone(&world.log), quick()).await.unwrap();
    until("a new one stops there too", || matches!(anew.health().follower, Follower::Stopped { .. })).await;
    assert_eq!(anew.position(), Position(1));
    anew.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_away_is_waited_for() {
    let world = World::new();
    let away = Arc::new(AtomicBool::new(false));
    let log = Wrapped::twisted(&world.log, Twist::IsAway(Arc::clone(&away)));
    let model = ReadModel::start(&world.models(), log, quick()).await.unwrap();
    away.store(true, Ordering::SeqCst);
    let receipt = world.given(StreamKind::Account, Uuid::new_v4(), None, vec![registered("ana")]).await;
    let waits = Follower::Waiting { reason: "the event log is not available: unplugged".to_owned() };
    until("it waits", || model.health().follower == waits).await;
    away.store(false, Ordering::SeqCst);
    model.wait_until(receipt.position, PATIENCE).await.unwrap();
    until("it follows", || model.health().follower == Follower::Following).await;
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_for_a_while_is_tried_again() {
    let world = World::new();
    let model = world.model().await;
    let locker = rusqlite::Connection::open(current(&world.models())).unwrap();
    locker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let receipt = world.given(StreamKind::Account, Uuid::new_v4(), None, vec![registered("ana")]).await;
    until("it waits", || matches!(model.health().follower, Follower::Waiting { .. })).await;
    locker.execute_batch("ROLLBACK").unwrap();
    model.wait_until(receipt.position, PATIENCE).await.unwrap();
    assert_eq!(model.health().follower, Follower::Following);
    model.shutdown().await;
}

/// Names the folder to a process that this test starts of itself.
const FOLLOW: &str = "FIELDLOG_TEST_FOLLOW";

/// Not a test of its own: the process that the next test kills.
#[tokio::test(flavor = "multi_thread")]
async fn follow_until_killed() {
    let Some(dir) = std::env::var_os(FOLLOW) else { return };
    let dir = Path::new(&dir);
    let log = SqliteLog::open(dir.join("log.sqlite"), SqliteOptions::default()).unwrap();
    let model = ReadModel::start(&dir.join("models"), log, quick()).await.unwrap();
    let mut changes = model.changes();
    loop {
        println!("\nat {}", model.position());
        // Also when nothing moves, so that whoever reads this is not kept waiting.
        tokio::time::timeout(Duration::from_millis(20), changes.changed()).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_follower_goes_on_correctly() {
    let world = World::new();
    let history = simulate(&long_history(25, 2_500));
    let log = Arc::clone(&world.log);
    let appending = tokio::spawn(async move {
        for some in history.chunks(20) {
            append_all(&log, some.to_vec()).await;
            tokio::task::yield_now().await;
        }
    });
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "following::follow_until_killed", "--nocapture"])
            .env(FOLLOW, world.dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let moves = lines.map_while(Result::ok).filter(|line| line.starts_with("at ")).take(2 + round).count();
        assert!(moves > 0, "the follower never came up");
        child.kill().unwrap();
        child.wait().unwrap();
        if appending.is_finished() {
            break;
        }
    }
    appending.await.unwrap();
    let model = world.model().await;
    let went_on = dump(&current(&world.models()));
    let report = model.rebuild(None).await.unwrap();
    assert_same("after kills", &dump(&report.path), &went_on);
    model.shutdown().await;
}
