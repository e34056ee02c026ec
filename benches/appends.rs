//! Durable appends through a real use case, beside what SQLite itself can do with the same rows.
//!
//! 64 clients, each on a project of its own, revise descriptions without a pause: authorise from the live read model, load the
//! aggregate, decide, append one event, receipt. The log commits with `synchronous=FULL`; the read model follows meanwhile. Then the
//! rows that came of it are inserted by a bare rusqlite loop, in the batches in which the log committed them.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fieldlog_commands::project::{ReviseMetadata, revise_metadata};
use fieldlog_commands::{App, Viewer};
use fieldlog_domain::ResourceId;
use fieldlog_domain::shared::ClientType;
use fieldlog_eventlog::{EventLog, Position, RecordedEvent};
use support::figure::{Figure, percent, thousands};
use support::latency::{Latencies, ms};
use support::{bare, cloud, disk};

const CLIENTS: u64 = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const DURATION: Duration = Duration::from_secs(8);
const SEED: seed::Seed = seed::Seed::SMALL;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let sync = disk::fdatasync();
    Figure::new("disk: fdatasync of a page", "0.2 ms", ms(sync.p50())).print();
    let folder = disk::scratch("appends");
    disk::copy(&SEED.folder().await, folder.path());
    let app = cloud::open(folder.path()).await;
    app.model().wait_until(app.log().head().await.unwrap(), Duration::from_secs(60)).await.unwrap();

    load(&app, WARM_UP).await;
    let before = app.log().head().await.unwrap();
    let (lag, stop) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let watcher = tokio::spawn(largest_lag(app.clone(), Arc::clone(&lag)));
    let latencies = load(&app, DURATION).await;
    let took = stop.elapsed();
    let head = app.log().head().await.unwrap();
    let began = Instant::now();
    app.model().wait_until(head, Duration::from_secs(60)).await.unwrap();
    let caught_up = began.elapsed();
    lag.store(true, Ordering::Relaxed);
    let largest = watcher.await.unwrap();

    let events = between(app.log().as_ref(), before, head).await;
    let rate = events.len() as f64 / took.as_secs_f64();
    let batches = bare::batches(&events);
    let bare_rate = bare_rate(folder.path(), &events, &batches).await;
    let mean = events.len() as f64 / batches.len() as f64;
    eprintln!("{} commands, {} events, {} commits of {mean:.1} events", latencies.count(), events.len(), batches.len());
    let beside = format!("{} of bare {}/s", percent(rate / bare_rate), thousands(bare_rate));
    Figure::new("appends: 64 clients revise metadata", "≥ 10,000 events/s", format!("{}/s", thousands(rate)))
        .reached(rate >= 10_000.0)
        .print();
    Figure::new("appends: beside bare rusqlite", "≥ 60 %", format!("batches of {mean:.1}"))
        .ratio(beside)
        .reached(rate / bare_rate >= 0.6)
        .print();
    let worst = latencies.worst();
    Figure::new(
        "appends: worst latency",
        "< 50 ms",
        format!("{} (p50 {}, p99.9 {})", ms(worst), ms(latencies.p50()), ms(latencies.percentile(99.9))),
    )
    .reached(worst < Duration::from_millis(50))
    .print();
    Figure::new(
        "live model: lag at that rate",
        "keeps up",
        format!("{largest} events at most, {} after the last append", ms(caught_up)),
    )
    .reached(caught_up < Duration::from_millis(250) && (largest as f64) < rate)
    .print();
    app.model().shutdown().await;
}

/// All clients at once, for so long.
async fn load(app: &App, duration: Duration) -> Latencies {
    let until = Instant::now() + duration;
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(client(app.clone(), number, until))).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.unwrap());
    }
    times.into_iter().collect()
}

async fn client(app: App, number: u64, until: Instant) -> Vec<Duration> {
    let viewer = Viewer::person(SEED.surveyor(), SEED.session(), false, ClientType::Qfield);
    let project: ResourceId =
        (number * 7..).find(|number| !SEED.is_retired(*number)).map(|number| SEED.project(number)).unwrap();
    let mut times = Vec::new();
    while Instant::now() < until {
        let description =
            format!("Gravel bank {number}, visit {}: willows cut, two spawning pits counted, {:?}", times.len(), until);
        let began = Instant::now();
        let done =
            revise_metadata(&app, &viewer, ReviseMetadata { command_id: None, project, description }).await.unwrap();
        times.push(began.elapsed());
        assert!(done.receipt.is_some(), "every revision is an event");
    }
    times
}

/// How many events the model was behind at most, looked at every 10 ms.
async fn largest_lag(app: App, stop: Arc<AtomicBool>) -> u64 {
    let mut largest = 0;
    let head = app.log().changes();
    while !stop.load(Ordering::Relaxed) {
        largest = largest.max(head.borrow().0.saturating_sub(app.model().position().0));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    largest
}

async fn between(log: &dyn EventLog, after: Position, last: Position) -> Vec<RecordedEvent> {
    let mut events: Vec<RecordedEvent> = Vec::new();
    let mut at = after;
    while at < last {
        events.extend(log.read_feed(at, 10_000).await.unwrap());
        at = events.last().unwrap().position;
    }
    events
}

/// The best of three rounds, each into a new file.
async fn bare_rate(folder: &Path, events: &[RecordedEvent], batches: &[usize]) -> f64 {
    let rounds = (0..3).map(|round| {
        let folder = folder.join(format!("bare-{round}"));
        std::fs::create_dir(&folder).unwrap();
        bare::insert(&folder, events, batches)
    });
    events.len() as f64 / rounds.min().unwrap().as_secs_f64()
}
