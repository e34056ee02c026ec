//! How fast a million mixed events become a model, how fast a live model follows, and what a question costs.
//!
//! `cargo bench -p fieldlog-projections`, with `EVENTS=200000` for fewer. The log is made once, in the target folder.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../tests/it/simulation/mod.rs"]
#[allow(dead_code, unused_imports)]
mod simulation;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldlog_domain::{AccountId, ResourceId, StreamKind};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, Position};
use fieldlog_projections::{
    ListEvents, ListResources, Moment, Page, ReadModel, ReadModelOptions, Scope, SearchResources, View, rebuild_beside,
};
use rand::{Rng, SeedableRng};
use simulation::{ACTIONS, Simulation, Step, append_all};

/// Each figure is taken in a process of its own, so that its memory is its own.
fn main() {
    let events: u64 = std::env::var("EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("rebuild-{events}"));
    match std::env::var("PART").as_deref() {
        Ok("seed") => runtime.block_on(seed(&dir, events)),
        Ok("rebuild") => runtime.block_on(rebuild(&dir)),
        Ok("open") => runtime.block_on(open(&dir)),
        Ok("ask") => runtime.block_on(ask(&dir)),
        Ok("follow") => runtime.block_on(follow(&dir)),
        _ => {
            for part in ["seed", "rebuild", "open", "ask", "follow"] {
                let status = Command::new(std::env::current_exe().unwrap()).env("PART", part).status().unwrap();
                assert!(status.success(), "{part} failed");
            }
        }
    }
}

fn log_in(dir: &Path) -> Arc<dyn EventLog> {
    std::fs::create_dir_all(dir).unwrap();
    SqliteLog::open(dir.join("log.sqlite"), SqliteOptions::default()).unwrap()
}

fn models(dir: &Path) -> PathBuf {
    dir.join("models")
}

/// Mostly uploads and jobs, as in the field; people and projects come now and then.
fn step(random: &mut impl Rng) -> Step {
    let action = match random.random_range(0..100) {
        0..45 => random.random_range(29..=33),
        45..75 => random.random_range(36..ACTIONS),
        75..85 => random.random_range(17..=18),
        85..93 => random.random_range(19..=28),
        _ => random.random_range(0..ACTIONS),
    };
    Step { action, a: random.random(), b: random.random(), c: random.random() }
}

async fn seed(dir: &Path, events: u64) {
    if log_in(dir).head().await.unwrap().0 >= events {
        return;
    }
    // A seed that broke off cannot be gone on with: the simulation begins anew.
    std::fs::remove_dir_all(dir).unwrap();
    let (log, began) = (log_in(dir), Instant::now());
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let mut simulation = Simulation::default();
    for action in [0, 0, 1, 1, 2, 2, 12, 12, 19, 19, 20, 20] {
        append_all(&log, simulation.take(Step { action, ..step(&mut random) })).await;
    }
    let mut head = 0;
    while head < events {
        let steps: Vec<_> = (0..5_000).flat_map(|_| simulation.take(step(&mut random))).collect();
        head = append_all(&log, steps).await.map_or(head, |receipt| receipt.position.0);
    }
    println!("seeded {head} events in {:.1} s", began.elapsed().as_secs_f64());
}

async fn rebuild(dir: &Path) {
    let log = log_in(dir);
    std::fs::remove_dir_all(models(dir)).ok();
    for what in [None, Some("event"), Some("file"), Some("resource"), Some("permission"), Some("job")] {
        let report = rebuild_beside(&models(dir), Arc::clone(&log), what).await.unwrap();
        println!(
            "rebuild {:<12} {:>8} events {:>7.2} s {:>9.0} events/s   peak {} MB   file {} MB",
            what.unwrap_or("everything"),
            report.events,
            report.took.as_secs_f64(),
            report.events as f64 / report.took.as_secs_f64(),
            peak_megabytes(),
            std::fs::metadata(&report.path).unwrap().len() >> 20,
        );
    }
}

async fn open(dir: &Path) {
    let began = Instant::now();
    let log = log_in(dir);
    let opened = began.elapsed();
    let model = ReadModel::start(&models(dir), log, ReadModelOptions::default()).await.unwrap();
    println!("open log {:.1} ms, log and model {:.1} ms", ms(opened), ms(began.elapsed()));
    model.shutdown().await;
}

/// The median of many, in microseconds.
fn median<T>(what: &str, times: usize, question: impl Fn(usize) -> T) {
    let mut took: Vec<Duration> = (0..times)
        .map(|number| {
            let began = Instant::now();
            std::hint::black_box(question(number));
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("{what:<44} p50 {:>8.1} µs   p99 {:>8.1} µs", us(took[times / 2]), us(took[times * 99 / 100]));
}

async fn ask(dir: &Path) {
    let log = log_in(dir);
    let model = ReadModel::start(&models(dir), Arc::clone(&log), ReadModelOptions::default()).await.unwrap();
    let view = model.view();
    let all = list(Scope::All, Page::first(1_000));
    let resources: Vec<ResourceId> = view.list_resources(all).unwrap().rows.iter().map(|row| row.id).collect();
    let people: Vec<AccountId> =
        view.list_accounts(Page::first(1_000)).unwrap().rows.iter().map(|row| row.id).collect();
    let resource = |number: usize| resources[number * 31 % resources.len()];
    let person = |number: usize| people[number * 17 % people.len()];
    median("resource by id", 20_000, |n| view.resource(resource(n)).unwrap());
    median("role of an account on a resource", 20_000, |n| view.role_of(resource(n), Some(person(n / 7))).unwrap());
    median("50 resources of all", 2_000, |_| view.list_resources(list(Scope::All, Page::first(50))).unwrap());
    median("50 resources accessible to an account", 2_000, |n| {
        view.list_resources(list(Scope::AccessibleTo(person(n)), Page::first(50))).unwrap()
    });
    median("50 files of a resource", 2_000, |n| view.files(resource(n), Page::first(50)).unwrap());
    median("100 events of two types", 2_000, |_| {
        let types = vec!["job_claimed".to_owned(), "revision_ready".to_owned()];
        view.events(ListEvents { types, limit: 100, ..ListEvents::default() }).unwrap()
    });
    for text in ["riv", "renamed 7", "orchid near bridge"] {
        median(&format!("search {text:?}"), 200, |n| search(&view, text, person(n)));
    }
    let head = model.position();
    for at in [head.0 / 2, head.0 / 2 + 1, head.0 / 2 + head.0 / 50, head.0 - 1] {
        let began = Instant::now();
        model.as_of(Moment::Position(Position(at))).await.unwrap();
        println!("as of {at:>8} {:>8.2} s", began.elapsed().as_secs_f64());
    }
    println!("peak {} MB", peak_megabytes());
    model.shutdown().await;
}

fn list(scope: Scope, page: Page) -> ListResources {
    ListResources { scope, owner: None, kind: None, include_retired: false, page }
}

fn search(view: &View, text: &str, person: AccountId) -> usize {
    let scope = Scope::AccessibleTo(person);
    view.search_resources(SearchResources { text: text.to_owned(), scope, page: Page::first(20) }).unwrap().rows.len()
}

/// Appends as fast as the log takes it, and waits for the model to have it all.
async fn follow(dir: &Path) {
    let dir = dir.join("follow");
    std::fs::remove_dir_all(&dir).ok();
    let log = log_in(&dir);
    let model = ReadModel::start(&models(&dir), Arc::clone(&log), ReadModelOptions::default()).await.unwrap();
    let mut random = rand::rngs::StdRng::seed_from_u64(2);
    let mut simulation = Simulation::default();
    for action in [0, 0, 1, 1, 2, 2, 12, 12, 19, 19, 20, 20] {
        append_all(&log, simulation.take(Step { action, ..step(&mut random) })).await;
    }
    let appended: Vec<_> = (0..120_000).flat_map(|_| simulation.take(step(&mut random))).collect();
    assert!(appended.iter().any(|it| it.stream.kind == StreamKind::Job));
    let (began, first) = (Instant::now(), log.head().await.unwrap());
    let receipt = append_all(&log, appended).await.unwrap();
    let (appending, events) = (began.elapsed(), receipt.position.0 - first.0);
    model.wait_until(receipt.position, Duration::from_secs(600)).await.unwrap();
    let following = began.elapsed();
    println!(
        "live: {events} events appended in {:.1} s, folded {:.0} ms later: {:.0} events/s   peak {} MB",
        appending.as_secs_f64(),
        ms(following - appending),
        events as f64 / following.as_secs_f64(),
        peak_megabytes(),
    );
    model.shutdown().await;
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn us(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1024
}
