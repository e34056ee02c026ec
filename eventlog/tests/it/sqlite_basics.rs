use fieldlog_eventlog::EventLog;
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};

use crate::build::{several, stream};

#[tokio::test(flavor = "multi_thread")]
async fn quick_look() {
    let dir = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(dir.path().join("log.sqlite"), SqliteOptions::default()).unwrap();
    let started = std::time::Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..64 {
        let log = log.clone();
        tasks.push(tokio::spawn(async move {
            let stream = stream();
            let mut worst = std::time::Duration::ZERO;
            for n in 0..300 {
                let t = std::time::Instant::now();
                log.append(&stream, n, several(1)).await.unwrap();
                worst = worst.max(t.elapsed());
            }
            worst
        }));
    }
    let mut worst = std::time::Duration::ZERO;
    for t in tasks {
        worst = worst.max(t.await.unwrap());
    }
    println!("{:?} for {} worst {worst:?}", started.elapsed(), log.head().await.unwrap());
    let t = std::time::Instant::now();
    let mut after = fieldlog_eventlog::Position::START;
    let mut n = 0;
    loop {
        let page = log.read_feed(after, 4096).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.position;
        n += page.len();
    }
    println!("read {n} in {:?}", t.elapsed());
    drop(log);
    for e in std::fs::read_dir(dir.path()).unwrap() { let e = e.unwrap(); println!("{:?} {}", e.path(), e.metadata().unwrap().len()); }
}
