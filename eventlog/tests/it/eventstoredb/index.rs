//! The index beside the log.

use fieldlog_esdb_fake::{Call, Fake, Fault};
use fieldlog_eventlog::eventstoredb::{EventStoreDbLog, EventStoreDbOptions};
use fieldlog_eventlog::{EventLog, Position};

use super::{opened, whole};
use crate::build::{several, stream};
use crate::engine::soon;

#[tokio::test(flavor = "multi_thread")]
async fn an_index_in_a_folder_is_gone_on_with() {
    let fake = Fake::start();
    let folder = tempfile::tempdir().unwrap();
    let options = || EventStoreDbOptions { index_in: Some(folder.path().to_owned()), ..EventStoreDbOptions::default() };
    let stream = stream();
    let log = EventStoreDbLog::connect(&fake.url(), options()).await.unwrap();
    log.append(&stream, 0, several(300)).await.unwrap();
    drop(log);
    let log = EventStoreDbLog::connect(&fake.url(), options()).await.unwrap();
    // Two processes of one machine share it.
    let beside = EventStoreDbLog::connect(&fake.url(), options()).await.unwrap();
    for number in 0..20 {
        let writer = if number % 2 == 0 { &log } else { &beside };
        writer.append(&stream, 300 + number, several(1)).await.unwrap();
    }
    assert_eq!(whole(&log).await.len(), 320);
    assert!(whole(&log).await == whole(&beside).await);
    assert_eq!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .filter(|file| { file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".sqlite") })
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn times_never_fall_though_the_servers_clock_does_and_every_machine_has_the_same() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let mut all = Vec::new();
    for number in 0..30 {
        if number % 10 == 5 {
            fake.store().set_clock_back(3_000);
        }
        log.append(&stream(), 0, several(2)).await.unwrap();
    }
    all.extend(whole(&log).await);
    assert!(all.is_sorted_by_key(|event| event.recorded_at));
    for event in &all {
        let until = all.iter().rfind(|other| other.recorded_at <= event.recorded_at).unwrap().position;
        assert_eq!(log.position_at(event.recorded_at).await.unwrap(), until);
    }
    assert_eq!(whole(&*opened(&fake).await).await, all);
    let again = log.read_stream(&all[20].stream, 0, 1).await.unwrap();
    assert_eq!(again[0], all[20]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_where_no_event_is_can_be_read_on_from() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    for _ in 0..5 {
        log.append(&stream(), 0, several(10)).await.unwrap();
    }
    let all = whole(&log).await;
    for index in [0, 10, 48] {
        let between = Position(all[index].position.0 + 1);
        assert_eq!(log.read_feed(between, 100).await.unwrap(), all[index + 1..]);
        assert_eq!(log.read_feed(between, 1).await.unwrap(), all[index + 1..=index + 1]);
        assert_eq!(log.events_at(&[between]).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_silent_is_started_again() {
    let fake = Fake::start();
    fake.faults().next(Call::Subscribe, Fault::Slow(std::time::Duration::from_secs(3_600)));
    let options = EventStoreDbOptions { patience: std::time::Duration::from_secs(1), ..EventStoreDbOptions::default() };
    let log = EventStoreDbLog::connect(&fake.url(), options).await.unwrap();
    soon("the append", log.append(&stream(), 0, several(1))).await.ok();
    assert_eq!(soon("the feed", log.read_feed(Position::START, 10)).await.unwrap().len(), 1);
}
