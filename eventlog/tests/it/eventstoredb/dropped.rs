//! Connections that break, and answers that take too long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldlog_esdb_fake::{Call, Fake, Fault};
use fieldlog_eventlog::eventstoredb::EventStoreDbLog;
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position, subscribe};
use futures::StreamExt;

use super::{impatient, opened, whole};
use crate::build::{several, stream};
use crate::engine::soon;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_breaks_off_in_the_middle_is_done_again_and_whole() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    log.append(&stream, 0, several(50)).await.unwrap();
    for (call, after) in [(Call::ReadStream, 20), (Call::ReadStream, 0), (Call::ReadAll, 0), (Call::Subscribe, 20)] {
        fake.faults().next(call, Fault::CutAfter(after));
        assert_eq!(log.read_stream(&stream, 0, 100).await.unwrap().len(), 50);
        assert_eq!(log.read_feed(Position::START, 50).await.unwrap().len(), 50, "after {call:?}");
        assert_eq!(log.read_feed(Position::START, 7).await.unwrap().len(), 7);
    }
    soon("the end of the faults", async {
        while fake.faults().left() > 0 {
            log.read_feed(Position::START, 100).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_ends_early_is_an_error_and_never_a_short_answer() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    log.append(&stream, 0, several(50)).await.unwrap();
    for (call, after) in [(Call::ReadStream, 20), (Call::ReadAll, 0)] {
        fake.faults().next(call, Fault::EndAfter(after));
        let (of_stream, of_feed) = match call {
            Call::ReadStream => (log.read_stream(&stream, 0, 100).await, Ok(Vec::new())),
            _ => (Ok(Vec::new()), log.read_feed(Position::START, 7).await),
        };
        let error = of_stream.and(of_feed).unwrap_err();
        assert!(matches!(error, LogError::Damaged(ref why) if why.contains("is gone")), "{error:?}");
    }
    assert_eq!(log.read_stream(&stream, 0, 100).await.unwrap().len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_connection_breaks_is_written_once() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    let mut sequence = 0;
    for fault in [Fault::CutBeforeCommit, Fault::CutAfterCommit, Fault::CutBeforeCommit, Fault::CutAfterCommit] {
        fake.faults().next(Call::Append, fault);
        let receipt = log.append(&stream, sequence, several(2)).await.unwrap();
        assert_eq!(receipt.sequence, sequence + 2);
        sequence = receipt.sequence;
        assert_eq!(log.head().await.unwrap(), receipt.position);
    }
    assert_eq!(fake.faults().left(), 0);
    assert_eq!(whole(&log).await.len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_appends_one_of_which_broke_off_after_its_commit_the_other_conflicts() {
    let fake = Fake::start();
    let (one, other) = (opened(&fake).await, opened(&fake).await);
    let stream = stream();
    fake.faults().next(Call::Append, Fault::CutAfterCommit);
    one.append(&stream, 0, several(2)).await.unwrap();
    let error = other.append(&stream, 0, several(1)).await.unwrap_err();
    assert!(matches!(error, AppendError::Conflict { expected: 0, actual: 2 }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_subscriber_misses_and_repeats_nothing_while_connections_break() {
    let fake = Arc::new(Fake::start());
    let log = opened(&fake).await;
    let writing = tokio::spawn({
        let (log, fake) = (Arc::clone(&log), Arc::clone(&fake));
        async move {
            let stream = stream();
            for number in 0..150 {
                log.append(&stream, 2 * number, several(2)).await.unwrap();
                if number % 25 == 24 {
                    fake.cut(0);
                }
            }
        }
    });
    let mut pages = Box::pin(subscribe(log.clone(), Position::START));
    let mut seen = Vec::new();
    while seen.len() < 300 {
        if let Ok(mut page) = soon("a page", pages.next()).await.unwrap() {
            seen.append(&mut page);
        }
    }
    writing.await.unwrap();
    assert!(seen == whole(&log).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_its_server_ends_without_an_error_goes_on() {
    let fake = Fake::start();
    fake.faults().next(Call::Subscribe, Fault::EndAfter(3));
    let log = opened(&fake).await;
    let stream = stream();
    for number in 0..6 {
        soon("the append", log.append(&stream, number, several(1))).await.unwrap();
    }
    assert_eq!(fake.faults().left(), 0);
    assert_eq!(whole(&log).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_is_not_waited_for_longer_than_is_said() {
    let fake = Fake::start();
    let log = EventStoreDbLog::connect(&fake.url(), impatient()).await.unwrap();
    let stream = stream();
    fake.faults().next(Call::Append, Fault::Slow(Duration::from_millis(1_200)));
    let started = Instant::now();
    // The first one comes through later than the second one, and finds its events there.
    assert_eq!(log.append(&stream, 0, several(3)).await.unwrap().sequence, 3);
    for call in [Call::ReadStream, Call::ReadAll] {
        fake.faults().next(call, Fault::Slow(Duration::from_secs(60)));
        assert_eq!(log.read_stream(&stream, 0, 10).await.unwrap().len(), 3);
        assert_eq!(log.read_feed(Position::START, 3).await.unwrap().len(), 3);
    }
    assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
    assert_eq!(whole(&log).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_nobody_answers_is_in_doubt_and_can_be_repeated() {
    let fake = Fake::start();
    let log = EventStoreDbLog::connect(&fake.url(), impatient()).await.unwrap();
    let (stream, events) = (stream(), several(2));
    for _ in 0..10 {
        fake.faults().next(Call::Append, Fault::Slow(Duration::from_secs(60)));
    }
    let error = log.append(&stream, 0, events.clone()).await.unwrap_err();
    assert!(matches!(error, AppendError::Log(LogError::InDoubt(_))), "{error:?}");
    let receipt = soon("an append that is answered", async {
        loop {
            if let Ok(receipt) = log.append(&stream, 0, events.clone()).await {
                break receipt;
            }
        }
    })
    .await;
    assert_eq!(receipt.sequence, 2);
    assert_eq!(whole(&log).await.len(), 2);
}
