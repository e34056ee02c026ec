//! Durable appends at 64 concurrent clients beside a bare rusqlite loop with the same rows and batch sizes, and the feed
//! read from its start. Prints the ratio and the worst latency, which criterion does not.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, CommandId, CorrelationId, EventId, StreamId, StreamKind};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, NewEvent, Position};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;
use uuid::Uuid;

const CLIENTS: usize = 64;
const APPENDS: usize = 500;

fn new_event() -> NewEvent {
    NewEvent {
        event_id: EventId(Uuid::new_v4()),
        event_type: "file_version_added".to_owned(),
        event_version: "1.0.0".to_owned(),
        payload: format!(
            r#"{{"version":"{}","digest":"{}","size":123456,"path":"photos/{}.jpg"}}"#,
            Uuid::new_v4(),
            "ab".repeat(32),
            Uuid::new_v4()
        ),
        metadata: Metadata {
            actor: Actor::Account(AccountId(Uuid::new_v4())),
            client: ClientType::Qfield,
            command_id: CommandId(Uuid::new_v4()),
            correlation_id: CorrelationId(Uuid::new_v4()),
            causation_id: None,
            resource: None,
        },
    }
}

struct Run {
    took: Duration,
    worst: Duration,
    batches: Vec<usize>,
}

/// Every client appends one event after the other to streams of its own; batch sizes are told from the times of recording.
async fn through_the_port(log: &Arc<SqliteLog>) -> Run {
    let after = log.head().await.unwrap();
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let log = Arc::clone(log);
        tokio::spawn(async move {
            let mut worst = Duration::ZERO;
            let mut stream = StreamId::new(StreamKind::File, Uuid::new_v4());
            for number in 0..APPENDS {
                if number % 20 == 0 {
                    stream = StreamId::new(StreamKind::File, Uuid::new_v4());
                }
                let asked = Instant::now();
                log.append(&stream, (number % 20) as u64, vec![new_event()]).await.unwrap();
                worst = worst.max(asked.elapsed());
            }
            worst
        })
    });
    let mut worst = Duration::ZERO;
    for client in clients.collect::<Vec<_>>() {
        worst = worst.max(client.await.unwrap());
    }
    let took = started.elapsed();
    let events = read_all(log, after).await;
    let batches = events.chunk_by(|one, next| one == next).map(<[_]>::len).collect();
    Run { took, worst, batches }
}

async fn read_all(log: &Arc<SqliteLog>, mut after: Position) -> Vec<i64> {
    let mut times = Vec::new();
    loop {
        let page = log.read_feed(after, 4_096).await.unwrap();
        let Some(last) = page.last() else { return times };
        after = last.position;
        times.extend(page.iter().map(|event| event.recorded_at.timestamp_micros()));
    }
}

/// The same rows, tables and indexes, without anything else: no checks, no requests, no answers.
fn bare_loop(connection: &Connection, batches: &[usize]) -> Duration {
    let mut streams = vec![(Uuid::new_v4(), 0_i64); CLIENTS];
    let rows: Vec<_> = (0..batches.iter().sum()).map(|_| new_event()).collect();
    let mut rows = rows.iter().enumerate();
    let started = Instant::now();
    for size in batches {
        connection.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
        for (index, event) in rows.by_ref().take(*size) {
            let (stream, sequence) = &mut streams[index % CLIENTS];
            if *sequence == 20 {
                (*stream, *sequence) = (Uuid::new_v4(), 0);
            }
            *sequence += 1;
            let Actor::Account(account) = event.metadata.actor else { unreachable!() };
            connection
                .prepare_cached(
                    "INSERT INTO events (stream_kind, stream_id, sequence, event_id, following, event_type, event_version, \
                        recorded_at, actor, client, command_id, correlation_id, causation_id, resource_id, payload) \
                     VALUES ('file', ?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, 'qfield', ?8, ?9, NULL, NULL, ?10)",
                )
                .unwrap()
                .execute(params![
                    *stream,
                    *sequence,
                    event.event_id.uuid(),
                    event.event_type,
                    event.event_version,
                    1_700_000_000_000_000_i64,
                    account.uuid(),
                    event.metadata.command_id.uuid(),
                    event.metadata.correlation_id.uuid(),
                    event.payload,
                ])
                .unwrap();
        }
        connection.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    }
    started.elapsed()
}

fn appends(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (ours, bare) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = SqliteLog::open(ours.path().join("log.sqlite"), SqliteOptions::default()).unwrap();
    drop(SqliteLog::open(bare.path().join("log.sqlite"), SqliteOptions::default()).unwrap());
    let connection = Connection::open(bare.path().join("log.sqlite")).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.pragma_update(None, "cache_size", -16_000).unwrap();

    let (mut took, mut bare_took, mut worst, mut events, mut commits) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO, 0, 0);
    for _ in 0..5 {
        let run = runtime.block_on(through_the_port(&log));
        bare_took += bare_loop(&connection, &run.batches);
        took += run.took;
        worst = worst.max(run.worst);
        events += CLIENTS * APPENDS;
        commits += run.batches.len();
    }
    let rate = |took: Duration| events as f64 / took.as_secs_f64();
    println!(
        "durable appends, {CLIENTS} clients: {:.0} events/s, worst {worst:?}, {:.1} events a commit; bare loop {:.0} events/s; ratio {:.0} %",
        rate(took),
        events as f64 / commits as f64,
        rate(bare_took),
        100.0 * rate(took) / rate(bare_took),
    );

    let mut group = criterion.benchmark_group("sqlite log");
    group.sample_size(10);
    group.throughput(Throughput::Elements((CLIENTS * APPENDS) as u64));
    group.bench_function("durable appends, 64 clients", |bencher| {
        bencher.iter(|| runtime.block_on(through_the_port(&log)).took)
    });
    drop(log);

    let log = SqliteLog::open(ours.path().join("log.sqlite"), SqliteOptions::default()).unwrap();
    let count = runtime.block_on(read_all(&log, Position::START)).len();
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function("feed from its start", |bencher| {
        bencher.iter(|| runtime.block_on(read_all(&log, Position::START)).len())
    });
    group.finish();
    drop(log);
    let opened = Instant::now();
    let log = SqliteLog::open(ours.path().join("log.sqlite"), SqliteOptions::default()).unwrap();
    println!("opening a log of {count} events: {:?}", opened.elapsed());
    drop(log);
}

criterion_group!(benches, appends);
criterion_main!(benches);
