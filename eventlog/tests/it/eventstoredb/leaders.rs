//! Another node leads, or the only one is away for a while.

use std::sync::Arc;

use fieldlog_esdb_fake::Fake;
use fieldlog_eventlog::eventstoredb::{EventStoreDbLog, EventStoreDbOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position, subscribe};
use futures::StreamExt;

use super::{impatient, opened, whole};
use crate::build::{several, stream};
use crate::engine::soon;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_leader_loses_and_doubles_nothing() {
    let fake = Arc::new(Fake::cluster(3));
    let log = EventStoreDbLog::connect(&fake.url_of_all(), EventStoreDbOptions::default()).await.unwrap();
    let writing = tokio::spawn({
        let (log, fake) = (Arc::clone(&log), Arc::clone(&fake));
        async move {
            let stream = stream();
            for number in 0..100 {
                log.append(&stream, 2 * number, several(2)).await.unwrap();
                if number % 25 == 24 {
                    fake.lead((number / 25 + 1) as usize % 3);
                }
            }
        }
    });
    let mut pages = Box::pin(subscribe(log.clone(), Position::START));
    let mut seen = Vec::new();
    while seen.len() < 200 {
        if let Ok(mut page) = soon("a page", pages.next()).await.unwrap() {
            seen.append(&mut page);
        }
    }
    writing.await.unwrap();
    assert!(seen == whole(&log).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_dies_is_replaced_by_the_next() {
    let fake = Fake::cluster(3);
    let log = EventStoreDbLog::connect(&fake.url_of_all(), EventStoreDbOptions::default()).await.unwrap();
    let stream = stream();
    log.append(&stream, 0, several(1)).await.unwrap();
    for (dies, next) in [(0, 1), (1, 2)] {
        fake.lead(next);
        fake.stop(dies);
        let sequence = next as u64;
        let events = several(1);
        let receipt = soon("an append to the next leader", async {
            loop {
                match log.append(&stream, sequence, events.clone()).await {
                    Ok(receipt) => break receipt,
                    Err(AppendError::Log(LogError::Unavailable(_) | LogError::InDoubt(_))) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        });
        assert_eq!(receipt.await.sequence, sequence + 1);
    }
    assert_eq!(whole(&log).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_lead_sends_to_the_one_that_does() {
    let fake = Fake::cluster(2);
    let log = EventStoreDbLog::connect(&fake.url_of(1), EventStoreDbOptions::default()).await.unwrap();
    log.append(&stream(), 0, several(1)).await.unwrap();
    assert_eq!(whole(&log).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_leader_cannot_be_reached_says_so() {
    let fake = Fake::cluster(2);
    fake.stop(0);
    let refused = EventStoreDbLog::connect(&fake.url_of(1), impatient()).await.map(|_| ());
    assert!(
        matches!(refused, Err(LogError::Unavailable(ref why)) if why.contains("not the leader") || why.contains("no node can be reached")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_worked_with_again() {
    let mut fake = Fake::start();
    let log = EventStoreDbLog::connect(&fake.url(), impatient()).await.unwrap();
    log.append(&stream(), 0, several(1)).await.unwrap();
    let mut pages = Box::pin(subscribe(log.clone(), Position::START));
    assert_eq!(soon("a page", pages.next()).await.unwrap().unwrap().len(), 1);

    fake.stop(0);
    assert!(matches!(log.read_feed(Position::START, 10).await, Err(LogError::Unavailable(_))));
    let answer = log.append(&stream(), 0, several(1)).await;
    assert!(matches!(answer, Err(AppendError::Log(LogError::Unavailable(_) | LogError::InDoubt(_)))), "{answer:?}");
    fake.start_again(0);

    let receipt = soon("an append that works again", async {
        loop {
            if let Ok(receipt) = log.append(&stream(), 0, several(1)).await {
                break receipt;
            }
        }
    })
    .await;
    let live = soon("the subscription", async {
        loop {
            if let Ok(page) = pages.next().await.unwrap() {
                break page;
            }
        }
    })
    .await;
    assert_eq!(live[0].position, receipt.position);
    let fresh = opened(&fake).await;
    assert!(whole(&fresh).await == whole(&log).await);
}
