//! The server goes away and comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldlog_eventlog::postgres::{PostgresLog, PostgresOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position, subscribe};
use futures::StreamExt;

use super::impatient;
use crate::build::{several, stream};
use crate::engine::soon;
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_was_away_is_worked_with_again_without_a_restart() {
    let server = Server::start();
    let writing = PostgresLog::connect(&server.url, impatient()).await.unwrap();
    // It hears of events only through LISTEN: looking by itself would take an hour.
    let hour = Duration::from_secs(3_600);
    let listening =
        PostgresLog::connect(&server.url, PostgresOptions { look_every: hour, ..impatient() }).await.unwrap();
    writing.append(&stream(), 0, several(1)).await.unwrap();
    let mut changes = listening.changes();
    soon("the first wake-up", changes.wait_for(|head| *head >= Position(1))).await.unwrap();
    let mut pages = Box::pin(subscribe(writing.clone(), Position::START));
    assert_eq!(soon("a page", pages.next()).await.unwrap().unwrap().len(), 1);

    server.stop();
    for _ in 0..2 {
        let started = Instant::now();
        let appends: Vec<_> = (0..200)
            .map(|_| {
                let log = Arc::clone(&writing);
                tokio::spawn(async move { log.append(&stream(), 0, several(1)).await })
            })
            .collect();
        assert!(matches!(writing.read_feed(Position::START, 10).await, Err(LogError::Unavailable(_))));
        for append in appends {
            let answer = append.await.unwrap();
            assert!(matches!(answer, Err(AppendError::Log(LogError::Unavailable(_)))), "{answer:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(10), "it took {:?} to say so", started.elapsed());
    }
    assert!(soon("an error", pages.next()).await.unwrap().is_err());
    server.start_again();

    let receipt = soon("an append that works again", async {
        loop {
            match writing.append(&stream(), 0, several(1)).await {
                Ok(receipt) => break receipt,
                Err(AppendError::Log(LogError::Unavailable(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert_eq!(receipt.position, Position(2), "nothing refused was written");
    let live = soon("the subscription", async {
        loop {
            if let Ok(page) = pages.next().await.unwrap() {
                break page;
            }
        }
    })
    .await;
    assert_eq!(live[0].position, receipt.position);
    soon("LISTEN again", async {
        loop {
            let position = writing.append(&stream(), 0, several(1)).await.unwrap().position;
            if tokio::time::timeout(Duration::from_millis(300), changes.wait_for(|head| *head >= position))
                .await
                .is_ok()
            {
                break;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_without_the_password() {
    let refused = PostgresLog::connect("postgres://app:secret@127.0.0.1:1/postgres", impatient()).await.map(|_| ());
    let Err(LogError::Unavailable(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("127.0.0.1:1/postgres") && !why.contains("secret"), "{why}");
}
