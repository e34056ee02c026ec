//! All projections from 1,000,000 mixed events, in a process of its own so that its memory is told apart.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, Position};
use fieldlog_projections::rebuild_beside;
use support::figure::{Figure, percent, thousands};
use support::{disk, memory};

/// The log to fold and the folder of the model, given to the process that rebuilds.
const CHILD: &str = "FIELDLOG_BENCH_REBUILD";
const ROUNDS: usize = 3;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match std::env::var(CHILD) {
        Ok(folders) => {
            let (log, model) = folders.split_once(':').unwrap();
            runtime.block_on(rebuild(Path::new(log), Path::new(model)));
        }
        Err(_) => runtime.block_on(run()),
    }
}

async fn run() {
    let folder = seed::Seed::MILLION.folder().await;
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| in_a_process(&folder)).collect();
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (rate, _) = rounds[ROUNDS / 2];
    let peak = rounds.iter().map(|round| round.1).fold(0.0, f64::max);
    let raw = raw_read(&folder).await;
    let slowest = thousands(rounds[0].0);
    Figure::new(
        "rebuild: all projections, 1,000,000 events",
        "≥ 100,000 events/s",
        format!("{}/s (slowest of {ROUNDS}: {slowest})", thousands(rate)),
    )
    .ratio(format!("{} of reading alone, {}/s", percent(rate / raw), thousands(raw)))
    .reached(rate >= 100_000.0)
    .print();
    Figure::new("rebuild: peak memory", "< 300 MB", format!("{peak:.0} MB")).reached(peak < 300.0).print();
}

/// Events per second, and the most memory.
fn in_a_process(folder: &Path) -> (f64, f64) {
    let model = disk::scratch("rebuild");
    let this = std::env::current_exe().unwrap();
    let folders = format!("{}:{}", folder.join("log.sqlite").display(), model.path().display());
    let output = Command::new(this).env(CHILD, folders).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = String::from_utf8(output.stdout).unwrap();
    let mut numbers = answer.split_whitespace().map(|number| number.parse::<f64>().unwrap());
    let (rate, peak) = (numbers.next().unwrap(), numbers.next().unwrap());
    eprintln!("{} events/s, {peak:.0} MB", thousands(rate));
    (rate, peak)
}

async fn rebuild(log: &Path, model: &Path) {
    let log: Arc<dyn EventLog> = SqliteLog::open(log, SqliteOptions::default()).unwrap();
    let report = rebuild_beside(model, log, None).await.unwrap();
    println!("{} {}", report.events as f64 / report.took.as_secs_f64(), memory::peak_mb(std::process::id()));
}

async fn raw_read(folder: &Path) -> f64 {
    let log = SqliteLog::open(folder.join("log.sqlite"), SqliteOptions::default()).unwrap();
    let began = Instant::now();
    let (mut at, mut read) = (Position::START, 0);
    loop {
        let page = log.read_feed(at, 10_000).await.unwrap();
        let Some(last) = page.last() else { break };
        at = last.position;
        read += page.len();
    }
    f64::from(u32::try_from(read).unwrap()) / began.elapsed().as_secs_f64()
}
