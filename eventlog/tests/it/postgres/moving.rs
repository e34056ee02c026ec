//! The log moves to another cluster.

use std::process::Command;

use fieldlog_eventlog::postgres::{PostgresLog, PostgresOptions};
use fieldlog_eventlog::{EventLog, Position, Snapshot};

use super::thousand_events;
use crate::build::{named, several, stream};
use crate::server::{Server, fresh_schema, program};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_restored_into_a_new_cluster_goes_on_where_it_was() {
    let url = fresh_schema();
    let (server, schema) = url.split_once("?options[search_path]=").unwrap();
    let old = PostgresLog::connect(&url, PostgresOptions::default()).await.unwrap();
    let claimed = named("測量 'x'");
    old.append(&claimed, 0, several(3)).await.unwrap();
    thousand_events(&old).await;
    old.save_snapshot(&claimed, Snapshot { sequence: 3, schema: "a".to_owned(), state: "{}".to_owned() })
        .await
        .unwrap();

    let dump = Command::new(program("pg_dump")).args(["-n", schema, server]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    // What comes after the dump is not in it.
    let events = old.read_feed(Position::START, 10_000).await.unwrap();
    old.append(&claimed, 3, several(1)).await.unwrap();

    let cluster = Server::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), dump.stdout).unwrap();
    let restored = Command::new(program("psql"))
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(file.path())
        .arg(&cluster.url)
        .output()
        .unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));

    let new =
        PostgresLog::connect(&format!("{}?options[search_path]={schema}", cluster.url), PostgresOptions::default())
            .await
            .unwrap();
    assert_eq!(new.log_id(), old.log_id());
    assert!(new.read_feed(Position::START, 10_000).await.unwrap() == events);
    assert_eq!(new.load_snapshot(&claimed).await.unwrap().unwrap().sequence, 3);
    let next = new.append(&claimed, 3, several(2)).await.unwrap();
    assert_eq!((next.position, next.sequence), (Position(1_005), 5));
    new.append(&stream(), 0, several(1)).await.unwrap();
    let later = new.read_feed(events.last().unwrap().position, 10).await.unwrap();
    assert_eq!(later.iter().map(|event| event.position.0).collect::<Vec<_>>(), [1_004, 1_005, 1_006]);
    assert!(later[0].recorded_at >= events.last().unwrap().recorded_at);
}
