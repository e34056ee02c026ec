//! `fieldlog serve` with nothing to do, and how fast it is there over 1,000,000 events.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::path::Path;
use std::time::Duration;

use support::figure::Figure;
use support::latency::{Latencies, ms};
use support::server::Server;
use support::{disk, memory};

const STARTS: usize = 5;
const WATCHED: Duration = Duration::from_secs(10);
/// "Only a few" a second, all threads together.
const FEW: f64 = 10.0;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fresh = disk::scratch("fresh");
    idle("a new folder", fresh.path());

    let data = disk::scratch("million");
    disk::copy(&runtime.block_on(seed::Seed::MILLION.folder()), data.path());
    // The read model is there already; vault, keys and the worker's identity come with the first start.
    drop(Server::start(data.path(), &[]));
    let ready: Latencies = (0..STARTS).map(|_| Server::start(data.path(), &[]).ready_after).collect();
    Figure::new(
        "start: ready over 1,000,000 events",
        "< 300 ms",
        format!("p50 {}, worst {}", ms(ready.p50()), ms(ready.worst())),
    )
    .reached(ready.p50() < Duration::from_millis(300))
    .print();
    idle("1,000,000 events", data.path());
}

fn idle(what: &str, data: &Path) {
    let server = Server::start(data, &[]);
    // What a start has to do is over.
    std::thread::sleep(Duration::from_secs(5));
    let before = memory::wake_ups(server.pid());
    std::thread::sleep(WATCHED);
    // A thread of the blocking pool may end meanwhile; one that is new woke up at least once.
    let after = memory::wake_ups(server.pid());
    let woken: u64 = after.iter().map(|(thread, count)| count - before.get(thread).copied().unwrap_or(0)).sum();
    let wake_ups = woken as f64 / WATCHED.as_secs_f64();
    let resident = memory::resident_mb(server.pid());
    Figure::new(
        format!("idle: memory over {what}"),
        "< 60 MB",
        format!("{resident:.0} MB (peak {:.0} MB)", memory::peak_mb(server.pid())),
    )
    .reached(resident < 60.0)
    .print();
    Figure::new(format!("idle: wake-ups over {what}"), "a few per second", format!("{wake_ups:.1}/s"))
        .reached(wake_ups < FEW)
        .print();
}
