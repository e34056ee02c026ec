//! What the SQLite log does when its file, its disk or its neighbours fail.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position};
use rusqlite::Connection;

use crate::build::{event, several, stream};
use crate::engine::soon;

/// A transaction of some other program that has inserted an event and not yet ended.
pub fn hold_open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection
        .execute_batch(
            "BEGIN IMMEDIATE; \
             INSERT INTO events (stream_kind, stream_id, sequence, event_id, following, event_type, event_version, recorded_at, \
                                 actor, client, command_id, correlation_id, payload) \
             SELECT 'job', 'held', 1, randomblob(16), 0, 'held_open', '1.0.0', max(recorded_at), 'system', 'fieldlog', \
                    randomblob(16), randomblob(16), '{}' FROM events;",
        )
        .unwrap();
    connection
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, AppendError>) -> String {
    match answer {
        Err(AppendError::Log(LogError::Unavailable(why))) => why,
        other => panic!("expected Unavailable, found {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_log_is_told_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let open = |name: &str| SqliteLog::open(dir.path().join(name), SqliteOptions::default()).map(|_| ()).unwrap_err();

    std::fs::write(dir.path().join("text"), "not a database at all, but long enough to be read as one ".repeat(40))
        .unwrap();
    assert!(matches!(open("text"), LogError::Damaged(why) if why.contains("text is not an SQLite file")));

    Connection::open(dir.path().join("other")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(open("other"), LogError::Damaged(why) if why.contains("another program")));

    SqliteLog::open(dir.path().join("newer"), SqliteOptions::default()).unwrap();
    Connection::open(dir.path().join("newer")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(open("newer"), LogError::Damaged(why) if why.contains("newer Fieldlog") && why.contains("99")));

    assert!(matches!(open("no/such/folder"), LogError::Unavailable(why) if why.contains("no/such/folder")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_is_an_error_and_never_a_short_answer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.sqlite");
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    for _ in 0..20 {
        log.append(&stream(), 0, (0..10).map(|_| event(format!("\"{}\"", "x".repeat(900)))).collect()).await.unwrap();
    }
    drop(log);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xAA);
    std::fs::write(&path, bytes).unwrap();
    let answer = match SqliteLog::open(&path, SqliteOptions::default()) {
        Ok(log) => log.read_feed(Position::START, 10_000).await.map(|events| events.len()),
        Err(error) => Err(error),
    };
    assert!(matches!(answer, Err(LogError::Damaged(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_cannot_be_changed_or_removed_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.sqlite");
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    log.append(&stream(), 0, several(2)).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    for change in ["UPDATE events SET payload = '{}'", "DELETE FROM events"] {
        assert!(connection.execute(change, []).unwrap_err().to_string().contains("append-only"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_that_keeps_the_file_locked_is_an_error_in_time_and_then_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.sqlite");
    let options = SqliteOptions { patience: Duration::from_millis(300), ..SqliteOptions::default() };
    let log = SqliteLog::open(&path, options).unwrap();
    log.append(&stream(), 0, several(1)).await.unwrap();
    let held = hold_open(&path);
    let started = Instant::now();
    let (first, second) = (stream(), stream());
    let (one, other) = tokio::join!(log.append(&first, 0, several(1)), log.append(&second, 0, several(1)));
    assert!(unavailable(one).contains("locked"));
    unavailable(other);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(log.read_feed(Position::START, 10).await.unwrap().len(), 1);
    held.execute_batch("ROLLBACK").unwrap();
    log.append(&stream(), 0, several(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_back_does_not_take_the_log_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.sqlite");
    let noon: DateTime<Utc> = "2026-05-01T12:00:00.123456Z".parse().unwrap();
    for hours in [0, -3, 1] {
        let clock = Arc::new(move || noon + TimeDelta::hours(hours));
        let log = SqliteLog::open(&path, SqliteOptions { clock, ..SqliteOptions::default() }).unwrap();
        log.append(&stream(), 0, several(1)).await.unwrap();
    }
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    let times: Vec<_> =
        log.read_feed(Position::START, 10).await.unwrap().iter().map(|event| event.recorded_at).collect();
    assert_eq!(times, [noon, noon, noon + TimeDelta::hours(1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_append_under_way_is_answered_when_the_log_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.sqlite");
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    let appends: Vec<_> = (0..500)
        .map(|_| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.append(&stream(), 0, several(1)).await })
        })
        .collect();
    drop(log);
    let mut written = 0;
    for append in appends {
        soon("the answer", append).await.unwrap().unwrap();
        written += 1;
    }
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    assert_eq!(log.read_feed(Position::START, 1_000).await.unwrap().len(), written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_leaves_one_file_and_heavy_writing_no_endless_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.sqlite");
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    let mut longest = 0;
    for _ in 0..60 {
        let appends = (0..16).map(|_| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                log.append(&stream(), 0, vec![event(format!("\"{}\"", "x".repeat(60_000)))]).await.unwrap()
            })
        });
        for append in appends.collect::<Vec<_>>() {
            append.await.unwrap();
        }
        longest = longest.max(std::fs::metadata(dir.path().join("log.sqlite-wal")).unwrap().len());
    }
    drop(log);
    // 58 MB went through it; it starts over from 8,000 pages on.
    assert!(longest < 48 << 20, "the write-ahead log grew to {longest} bytes");
    assert!(!dir.path().join("log.sqlite-wal").exists());
}

/// A file system of a few megabytes, gone with the test.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(dir.path()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(dir));
        }
        eprintln!("SKIPPED: a full disk cannot be tested here, as mounting a tmpfs needs root");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0.path()).status().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_is_a_clear_error_and_all_is_well_when_there_is_space_again() {
    let Some(disk) = SmallDisk::mount() else { return };
    let (path, ballast) = (disk.0.path().join("log.sqlite"), disk.0.path().join("ballast"));
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    let small = stream();
    log.append(&small, 0, several(1)).await.unwrap();
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();

    let mut acknowledged = vec![];
    let why = loop {
        let events = vec![event(format!("\"{}\"", "x".repeat(100_000)))];
        let id = events[0].event_id;
        match log.append(&stream(), 0, events).await {
            Ok(_) => acknowledged.push(id),
            refused => break unavailable(refused),
        }
        assert!(acknowledged.len() < 1_000, "the disk is never full");
    };
    assert!(why.contains("no space is left"), "{why}");
    // Reading goes on, several at once are each answered, and nothing half is there.
    assert_eq!(log.read_feed(Position::START, 1_000).await.unwrap().len(), 1 + acknowledged.len());
    let big = || log.append(&small, 1, vec![event(format!("\"{}\"", "x".repeat(1_500_000)))]);
    let (one, other) = tokio::join!(big(), big());
    unavailable(one);
    unavailable(other);

    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(log.append(&small, 1, several(2)).await.unwrap().sequence, 3);
    drop(log);
    let log = SqliteLog::open(&path, SqliteOptions::default()).unwrap();
    for id in &acknowledged {
        assert!(log.event(*id).await.unwrap().is_some());
    }
    assert_eq!(log.read_feed(Position::START, 1_000).await.unwrap().len(), 3 + acknowledged.len());
}
