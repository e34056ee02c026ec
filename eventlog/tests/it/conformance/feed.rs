use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fieldlog_eventlog::{EventLog, Position, RecordedEvent};

use crate::build::{several, stream};
use crate::engine::{Engine, soon};

crate::on_every_engine! {
    a_feed_read_during_heavy_writes_equals_the_same_feed_read_later
    a_reader_that_has_seen_a_position_never_finds_an_event_at_or_below_it
}

/// Eight tasks over two opened logs, some of whose appends lose on purpose: those must leave no trace.
fn write(logs: [&Arc<dyn EventLog>; 2], done: &Arc<AtomicBool>) -> tokio::task::JoinHandle<()> {
    let logs = logs.map(Arc::clone);
    let done = Arc::clone(done);
    tokio::spawn(async move {
        let tasks = (0..8).map(|task| {
            let log = Arc::clone(&logs[task % 2]);
            tokio::spawn(async move {
                let stream = stream();
                let mut sequence = 0;
                for number in 0..60 {
                    if number % 5 == task % 5 {
                        log.append(&stream, sequence + 1, several(2)).await.unwrap_err();
                    }
                    sequence = log.append(&stream, sequence, several(1 + number % 3)).await.unwrap().sequence;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
    })
}

async fn follow(log: &dyn EventLog, done: &AtomicBool, page: usize) -> Vec<RecordedEvent> {
    let mut seen: Vec<RecordedEvent> = Vec::new();
    loop {
        let complete = done.load(Ordering::SeqCst);
        let after = seen.last().map_or(Position::START, |event| event.position);
        let page = log.read_feed(after, page).await.unwrap();
        if page.is_empty() && complete {
            return seen;
        }
        seen.extend(page);
        tokio::task::yield_now().await;
    }
}

async fn a_feed_read_during_heavy_writes_equals_the_same_feed_read_later(engine: Engine) {
    let (one, other) = (engine.open().await, engine.open().await);
    let done = Arc::new(AtomicBool::new(false));
    let writing = write([&one, &other], &done);
    let during =
        soon("the end of the feed", async { tokio::join!(follow(&*one, &done, 1), follow(&*other, &done, 50)) }).await;
    writing.await.unwrap();
    let later = follow(&*engine.open().await, &done, 1_000).await;
    assert_eq!(later.len(), 8 * 120);
    assert!(during.0 == later && during.1 == later);
}

async fn a_reader_that_has_seen_a_position_never_finds_an_event_at_or_below_it(engine: Engine) {
    let (one, other) = (engine.open().await, engine.open().await);
    let done = Arc::new(AtomicBool::new(false));
    let writing = write([&one, &other], &done);
    let mut looks = Vec::new();
    while !done.load(Ordering::SeqCst) {
        let head = one.head().await.unwrap();
        let below = one
            .read_feed(Position::START, 100_000)
            .await
            .unwrap()
            .iter()
            .filter(|event| event.position <= head)
            .count();
        looks.push((head, below));
    }
    writing.await.unwrap();
    let all = other.read_feed(Position::START, 100_000).await.unwrap();
    assert!(looks.len() > 3);
    for (head, below) in looks {
        assert_eq!(all.iter().filter(|event| event.position <= head).count(), below, "at or below {head}");
    }
}
