use std::sync::Arc;

use fieldlog_eventlog::{AppendError, LogError, Position};

use crate::build::{several, stream};
use crate::engine::Engine;

crate::on_every_engine! {
    an_append_repeated_is_answered_with_the_first_receipt
    concurrent_repetitions_append_once
    an_id_of_another_stream_is_refused
}

async fn an_append_repeated_is_answered_with_the_first_receipt(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    log.append(&stream, 0, several(1)).await.unwrap();
    let events = several(3);
    let first = log.append(&stream, 1, events.clone()).await.unwrap();
    log.append(&stream, 4, several(2)).await.unwrap();
    // As it was sent; as it would be sent after loading again; by a program that decides less now; after a restart.
    assert_eq!(log.append(&stream, 1, events.clone()).await.unwrap(), first);
    assert_eq!(log.append(&stream, 6, events.clone()).await.unwrap(), first);
    assert_eq!(log.append(&stream, 6, events[..1].to_vec()).await.unwrap(), first);
    drop(log);
    let log = engine.open().await;
    assert_eq!(log.append(&stream, 1, events).await.unwrap(), first);
    assert_eq!(log.read_feed(Position::START, 100).await.unwrap().len(), 6);
}

async fn concurrent_repetitions_append_once(engine: Engine) {
    let (one, other) = (engine.open().await, engine.open().await);
    for _ in 0..10 {
        let (stream, events) = (stream(), several(2));
        let attempts = (0..12).map(|number| {
            let log = Arc::clone(if number % 2 == 0 { &one } else { &other });
            let (stream, events) = (stream.clone(), events.clone());
            tokio::spawn(async move { log.append(&stream, 0, events).await.unwrap() })
        });
        let mut receipts = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            receipts.push(attempt.await.unwrap());
        }
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
        assert_eq!(one.read_stream(&stream, 0, 10).await.unwrap().len(), 2);
    }
}

async fn an_id_of_another_stream_is_refused(engine: Engine) {
    let (log, events) = (engine.open().await, several(1));
    log.append(&stream(), 0, events.clone()).await.unwrap();
    let error = log.append(&stream(), 0, events).await.unwrap_err();
    assert!(matches!(error, AppendError::Log(LogError::Damaged(_))), "{error:?}");
    assert_eq!(log.read_feed(Position::START, 100).await.unwrap().len(), 1);
}
