use fieldlog_eventlog::Snapshot;

use crate::build::{named, stream};
use crate::engine::Engine;

crate::on_every_engine! {
    a_snapshot_is_kept_for_its_stream
    a_later_snapshot_replaces_an_earlier_one_and_not_the_other_way
    a_snapshot_of_another_schema_replaces_any
}

fn snapshot(sequence: u64, schema: &str) -> Snapshot {
    Snapshot { sequence, schema: schema.to_owned(), state: format!(r#"{{"after":{sequence},"text":"測量"}}"#) }
}

async fn a_snapshot_is_kept_for_its_stream(engine: Engine) {
    let (log, one, other) = (engine.open().await, stream(), named("name"));
    assert_eq!(log.load_snapshot(&one).await.unwrap(), None);
    log.save_snapshot(&one, snapshot(3, "a")).await.unwrap();
    log.save_snapshot(&other, snapshot(8, "b")).await.unwrap();
    drop(log);
    let log = engine.open().await;
    assert_eq!(log.load_snapshot(&one).await.unwrap(), Some(snapshot(3, "a")));
    assert_eq!(log.load_snapshot(&other).await.unwrap(), Some(snapshot(8, "b")));
}

async fn a_later_snapshot_replaces_an_earlier_one_and_not_the_other_way(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    for sequence in [5, 9, 7] {
        log.save_snapshot(&stream, snapshot(sequence, "a")).await.unwrap();
    }
    assert_eq!(log.load_snapshot(&stream).await.unwrap(), Some(snapshot(9, "a")));
}

async fn a_snapshot_of_another_schema_replaces_any(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    log.save_snapshot(&stream, snapshot(9, "a")).await.unwrap();
    log.save_snapshot(&stream, snapshot(4, "b")).await.unwrap();
    assert_eq!(log.load_snapshot(&stream).await.unwrap(), Some(snapshot(4, "b")));
}
