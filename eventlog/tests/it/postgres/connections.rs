//! Connections that die at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fieldlog_eventlog::postgres::{PostgresLog, PostgresOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position, subscribe};
use futures::StreamExt;
use sqlx::{Connection, PgConnection};

use super::proxy::Proxy;
use super::{impatient, thousand_events};
use crate::build::{several, stream};
use crate::engine::soon;
use crate::server::fresh_schema;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_cut_off_is_an_error_wherever_it_is_cut() {
    let proxy = Proxy::before(&fresh_schema()).await;
    let log = PostgresLog::connect(&proxy.url, impatient()).await.unwrap();
    thousand_events(&log).await;
    let one = log.read_feed(Position::START, 1).await.unwrap().remove(0).stream;
    let mut errors = 0;
    for bytes in [600, 2_000, 50_000, 300_000, 700_000, 1_000_000] {
        proxy.cut_after(bytes);
        while !proxy.has_cut() {
            match log.read_feed(Position::START, 10_000).await {
                Ok(events) => assert_eq!(events.len(), 1_000),
                Err(LogError::Unavailable(_)) => errors += 1,
                Err(other) => panic!("{other:?}"),
            }
            match log.read_stream(&one, 0, usize::MAX).await {
                Ok(events) => assert_eq!(events.len(), 100),
                Err(LogError::Unavailable(_)) => errors += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        soon("a read that works again", async { while log.read_feed(Position::START, 10_000).await.is_err() {} }).await;
    }
    assert!(errors > 0, "no read was cut off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_subscriber_whose_connections_are_killed_misses_nothing_and_never_ends() {
    let url = fresh_schema();
    let log = PostgresLog::connect(&url, impatient()).await.unwrap();
    // The log under attack is told apart by its name: others share the server.
    let attacked = format!("{url}&application_name={}", log.log_id().simple());
    let attacked = PostgresLog::connect(&attacked, PostgresOptions { patience: Duration::from_secs(3), ..impatient() })
        .await
        .unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let killer = tokio::spawn({
        let (url, done, schema) = (url.clone(), Arc::clone(&done), log.log_id());
        async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let (mut killed, mut pause) = (0_i64, Duration::from_millis(10));
            while !done.load(Ordering::SeqCst) {
                killed += sqlx::query_scalar::<_, i64>(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                     WHERE application_name = $1 AND pid <> pg_backend_pid()",
                )
                .bind(schema.simple().to_string())
                .fetch_one(&mut connection)
                .await
                .unwrap();
                // Ever longer, so that in the end even a busy machine reads a page between two kills.
                tokio::time::sleep(pause).await;
                pause = pause * 5 / 4;
            }
            killed
        }
    });
    let reading = tokio::spawn(async move {
        let mut pages = Box::pin(subscribe(attacked, Position::START));
        let (mut seen, mut errors) = (Vec::new(), 0);
        while seen.len() < 4_000 {
            match pages.next().await.expect("a subscription never ends") {
                Ok(page) => seen.extend(page.into_iter().map(|event| event.position.0)),
                Err(_) => errors += 1,
            }
        }
        (seen, errors)
    });
    for _ in 0..4 {
        thousand_events(&log).await;
    }
    let (seen, errors) = soon("the last event", reading).await.unwrap();
    done.store(true, Ordering::SeqCst);
    assert!(killer.await.unwrap() > 0, "nothing was killed; {errors} errors");
    assert_eq!(seen, (1..=4_000).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found_again() {
    let proxy = Proxy::before(&fresh_schema()).await;
    let log = PostgresLog::connect(&proxy.url, PostgresOptions::default()).await.unwrap();
    let (stream, events) = (stream(), several(3));
    proxy.lose_answer_to_next_commit();
    let receipt = soon("the answer", log.append(&stream, 0, events.clone())).await.unwrap();
    assert!(proxy.has_cut());
    assert_eq!((receipt.position, receipt.sequence), (Position(3), 3));
    assert_eq!(log.append(&stream, 0, events).await.unwrap(), receipt);
    assert_eq!(log.read_feed(Position::START, 10).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_is_known_not_to_be_there() {
    let proxy = Proxy::before(&fresh_schema()).await;
    let log = PostgresLog::connect(&proxy.url, PostgresOptions::default()).await.unwrap();
    let (stream, events) = (stream(), several(3));
    proxy.lose_next_commit();
    let answer = soon("the answer", log.append(&stream, 0, events.clone())).await;
    assert!(proxy.has_cut());
    assert!(matches!(answer, Err(AppendError::Log(LogError::Unavailable(_)))), "{answer:?}");
    assert_eq!(log.read_feed(Position::START, 10).await.unwrap(), []);
    assert_eq!(log.append(&stream, 0, events).await.unwrap().sequence, 3);
}
