//! Order with a transaction held open while another commits. What holds it open is the engine's own, the promise is one.

use std::time::Duration;

use fieldlog_eventlog::{LogUrl, Position, RecordedEvent};

use crate::build::{several, stream};
use crate::engine::{Engine, soon};

crate::on_every_engine! {
    a_transaction_held_open_while_another_commits_leaves_no_hole
    a_transaction_held_open_and_given_up_leaves_nothing
}

async fn with_one_held_open(engine: &Engine, commit: bool) -> (Vec<RecordedEvent>, Vec<RecordedEvent>) {
    let log = engine.open().await;
    log.append(&stream(), 0, several(1)).await.unwrap();
    let held = match &engine.url {
        LogUrl::Sqlite(path) => Held::Sqlite(crate::sqlite::hold_open(path)),
        LogUrl::Postgres(url) => Held::Postgres(crate::postgres::hold_open(url).await),
        LogUrl::EventStoreDb(_) => Held::EventStoreDb(crate::eventstoredb::hold_open(engine).await),
    };
    let appending = tokio::spawn({
        let log = std::sync::Arc::clone(&log);
        async move { log.append(&stream(), 0, several(1)).await.unwrap() }
    });
    // The other one may commit now or wait; a reader that looks meanwhile must not be misled either way.
    let mut meanwhile = Vec::new();
    let looking = tokio::time::Instant::now() + Duration::from_millis(300);
    while tokio::time::Instant::now() < looking {
        meanwhile = log.read_feed(Position::START, 100).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    match held {
        Held::Sqlite(connection) => connection.execute_batch(if commit { "COMMIT" } else { "ROLLBACK" }).unwrap(),
        Held::Postgres(held) => held.end(commit).await,
        Held::EventStoreDb(held) => held.end(commit).await,
    }
    soon("the append", appending).await.unwrap();
    let after = meanwhile.last().unwrap().position;
    let rest = log.read_feed(after, 100).await.unwrap();
    assert_eq!([meanwhile.clone(), rest.clone()].concat(), log.read_feed(Position::START, 100).await.unwrap());
    (meanwhile, rest)
}

enum Held {
    Sqlite(rusqlite::Connection),
    Postgres(crate::postgres::HeldOpen),
    EventStoreDb(crate::eventstoredb::HeldOpen),
}

async fn a_transaction_held_open_while_another_commits_leaves_no_hole(engine: Engine) {
    let (meanwhile, rest) = with_one_held_open(&engine, true).await;
    assert_eq!(meanwhile.len() + rest.len(), 3);
}

async fn a_transaction_held_open_and_given_up_leaves_nothing(engine: Engine) {
    let (meanwhile, rest) = with_one_held_open(&engine, false).await;
    assert_eq!(meanwhile.len() + rest.len(), 2);
}
