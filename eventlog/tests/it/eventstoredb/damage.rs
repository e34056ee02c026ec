//! A log that is not what it was: truncated, scavenged, deleted, restored, or another program's.

use fieldlog_esdb_fake::{Expected, Fake, Proposed};
use fieldlog_eventlog::eventstoredb::{EventStoreDbLog, EventStoreDbOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position};
use uuid::Uuid;

use super::{opened, whole};
use crate::build::{several, stream};

fn damaged<T: std::fmt::Debug>(answer: Result<T, LogError>) -> String {
    match answer {
        Err(LogError::Damaged(why)) => why,
        other => panic!("expected Damaged, found {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_stream_is_told_by_name_and_never_read_short() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    log.append(&stream, 0, several(5)).await.unwrap();
    fake.store().truncate(&format!("fieldlog.{stream}"), 2);
    let why = damaged(log.read_stream(&stream, 0, 10).await);
    assert!(why.contains(&stream.to_string()) && why.contains("truncated"), "{why}");
    // What is still there can be read.
    assert_eq!(log.read_stream(&stream, 2, 10).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scavenged_log_is_told_whether_the_index_knew_it_before_or_not() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    log.append(&stream, 0, several(5)).await.unwrap();
    fake.store().truncate(&format!("fieldlog.{stream}"), 2);
    fake.store().scavenge();
    let why = damaged(log.read_feed(Position::START, 10).await);
    assert!(why.contains("event 1 of") && why.contains("scavenged"), "{why}");
    let why = damaged(EventStoreDbLog::connect(&fake.url(), EventStoreDbOptions::default()).await.map(|_| ()));
    assert!(why.contains(&format!("event 3 of {stream} comes after event 0")), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_stream_is_told_by_name() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    log.append(&stream, 0, several(5)).await.unwrap();
    fake.store().truncate(&format!("fieldlog.{stream}"), u64::MAX);
    let why = damaged(log.read_stream(&stream, 0, 10).await);
    assert!(why.contains(&stream.to_string()) && why.contains("deleted"), "{why}");
    fake.store().tombstone(&format!("fieldlog.{stream}"));
    assert!(damaged(log.read_stream(&stream, 0, 10).await).contains("deleted"));
    let error = log.append(&stream, 5, several(1)).await.unwrap_err();
    assert!(matches!(error, AppendError::Log(LogError::Damaged(ref why)) if why.contains("deleted")), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_restored_from_an_older_copy_is_noticed_and_indexed_anew() {
    let fake = Fake::start();
    let folder = tempfile::tempdir().unwrap();
    let options = || EventStoreDbOptions { index_in: Some(folder.path().to_owned()), ..EventStoreDbOptions::default() };
    let (first, second) = (stream(), stream());
    let log = EventStoreDbLog::connect(&fake.url(), options()).await.unwrap();
    log.append(&first, 0, several(2)).await.unwrap();
    let copied = fake.store().records();
    log.append(&first, 2, several(3)).await.unwrap();
    drop(log);
    fake.store().rewind(copied);
    // It goes on differently; positions are those of before.
    let log = EventStoreDbLog::connect(&fake.url(), options()).await.unwrap();
    assert_eq!(whole(&log).await.len(), 2);
    log.append(&second, 0, several(1)).await.unwrap();
    assert_eq!(log.append(&first, 2, several(1)).await.unwrap().sequence, 3);
    assert_eq!(whole(&log).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_another_program_under_the_logs_name_are_refused() {
    for (stream, said) in [
        ("fieldlog.order-1", "a stream Fieldlog does not know"),
        ("fieldlog.resource-0192d0f5-0000-7000-8000-000000000001", "metadata Fieldlog did not write"),
    ] {
        let fake = Fake::start();
        let event = Proposed {
            id: Uuid::new_v4(),
            metadata: [("type".to_owned(), "order-placed".to_owned())].into(),
            custom_metadata: b"{}".to_vec(),
            data: b"{}".to_vec(),
        };
        assert!(fake.store().append(stream, Expected::NoStream, vec![event]));
        let why = damaged(EventStoreDbLog::connect(&fake.url(), EventStoreDbOptions::default()).await.map(|_| ()));
        assert!(why.contains(stream) && why.contains(said) && why.contains("another program"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programs_streams_beside_the_log_do_not_matter() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    for number in 0..100 {
        fake.store().noise(number % 7);
        let event = Proposed {
            id: Uuid::new_v4(),
            metadata: [("type".to_owned(), "order-placed".to_owned())].into(),
            custom_metadata: Vec::new(),
            data: b"\xff".to_vec(),
        };
        fake.store().append("fieldlogs-1", Expected::Any, vec![event]);
        if number % 3 == 0 {
            log.append(&stream(), 0, several(1)).await.unwrap();
        }
    }
    let all = whole(&log).await;
    assert_eq!(all.len(), 34);
    assert_eq!(log.head().await.unwrap(), all[33].position);
    assert_eq!(whole(&*opened(&fake).await).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_a_newer_format_is_refused() {
    let fake = Fake::start();
    let event = Proposed {
        id: Uuid::new_v4(),
        metadata: [("type".to_owned(), "log-created".to_owned())].into(),
        custom_metadata: Vec::new(),
        data: format!(r#"{{"id":"{}","format":99}}"#, Uuid::new_v4()).into_bytes(),
    };
    fake.store().append("fieldlog:log", Expected::NoStream, vec![event]);
    let why = damaged(EventStoreDbLog::connect(&fake.url(), EventStoreDbOptions::default()).await.map(|_| ()));
    assert!(why.contains("newer Fieldlog") && why.contains("99"), "{why}");
}
