//! What the PostgreSQL log does when its server, its connections or its neighbours fail.

mod connections;
mod moving;
mod outage;
mod proxy;

use std::sync::Arc;
use std::time::Duration;

use fieldlog_eventlog::postgres::{PostgresLog, PostgresOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError, Position};
use sqlx::{Connection, PgConnection};

use crate::build::{event, several, stream};
use crate::server::fresh_schema;

/// A transaction of some other program that has inserted an event and not yet ended.
pub struct HeldOpen(PgConnection);

impl HeldOpen {
    pub async fn end(mut self, commit: bool) {
        sqlx::raw_sql(if commit { "COMMIT" } else { "ROLLBACK" }).execute(&mut self.0).await.unwrap();
    }
}

pub async fn hold_open(url: &str) -> HeldOpen {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let insert = r#"BEGIN; INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
        VALUES ('any', 'held', 1, 'held_open', '1.0.0', '"{}"',
                json_build_object('stream_kind', 'job', 'event_id', gen_random_uuid(), 'following', 0, 'metadata',
                    json_build_object('actor', json_build_object('kind', 'system'), 'client', 'fieldlog',
                        'command_id', gen_random_uuid(), 'correlation_id', gen_random_uuid())::text))"#;
    sqlx::raw_sql(insert).execute(&mut connection).await.unwrap();
    HeldOpen(connection)
}

fn impatient() -> PostgresOptions {
    PostgresOptions { patience: Duration::from_secs(1), ..PostgresOptions::default() }
}

async fn thousand_events(log: &Arc<PostgresLog>) {
    for _ in 0..10 {
        log.append(&stream(), 0, (0..100).map(|_| event(format!("\"{}\"", "x".repeat(1_000)))).collect())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_transaction_elsewhere_is_an_error_in_time_and_then_forgotten() {
    let url = fresh_schema();
    let log = PostgresLog::connect(&url, impatient()).await.unwrap();
    log.append(&stream(), 0, several(1)).await.unwrap();
    let held = hold_open(&url).await;
    let started = std::time::Instant::now();
    let answer = log.append(&stream(), 0, several(1)).await;
    assert!(
        matches!(answer, Err(AppendError::Log(LogError::Unavailable(ref why))) if why.contains("lock timeout")),
        "{answer:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(log.read_feed(Position::START, 10).await.unwrap().len(), 1);
    held.end(false).await;
    log.append(&stream(), 0, several(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_cannot_be_changed_or_removed_in_the_database() {
    let url = fresh_schema();
    let log = PostgresLog::connect(&url, PostgresOptions::default()).await.unwrap();
    log.append(&stream(), 0, several(2)).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for change in ["UPDATE events SET payload = '{}'", "DELETE FROM events", "TRUNCATE events"] {
        let error = sqlx::raw_sql(change).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    assert_eq!(log.head().await.unwrap(), Position(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_may_make_the_tables_at_once() {
    let url = fresh_schema();
    let connecting: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { PostgresLog::connect(&url, PostgresOptions::default()).await.unwrap().log_id() })
        })
        .collect();
    let mut ids = Vec::new();
    for connecting in connecting {
        ids.push(connecting.await.unwrap());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_may_be_named_in_the_options() {
    let url = crate::server::fresh_schema();
    let (server, _) = url.split_once('?').unwrap();
    let schema = format!("Own \"schema\" {}", uuid::Uuid::new_v4());
    let options = || PostgresOptions { schema: Some(schema.clone()), ..PostgresOptions::default() };
    let log = PostgresLog::connect(server, options()).await.unwrap();
    log.append(&stream(), 0, several(2)).await.unwrap();
    let again = PostgresLog::connect(server, options()).await.unwrap();
    assert_eq!((again.log_id(), again.head().await.unwrap()), (log.log_id(), Position(2)));
    let mut connection = PgConnection::connect(server).await.unwrap();
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'events')")
            .bind(&schema)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused() {
    let url = fresh_schema();
    drop(PostgresLog::connect(&url, PostgresOptions::default()).await.unwrap());
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("INSERT INTO log_migrations (number, name) VALUES (99, 'later')")
        .execute(&mut connection)
        .await
        .unwrap();
    let refused = PostgresLog::connect(&url, PostgresOptions::default()).await.map(|_| ());
    assert!(
        matches!(refused, Err(LogError::Damaged(ref why)) if why.contains("newer Fieldlog") && why.contains("99")),
        "{refused:?}"
    );
}
