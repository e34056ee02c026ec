use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldlog_eventlog::{EventLog, Position, RecordedEvent, subscribe};
use futures::StreamExt;

use crate::build::{several, stream};
use crate::engine::{Engine, soon};

crate::on_every_engine! {
    nothing_is_missing_or_double_where_catching_up_meets_live
    a_subscriber_hears_of_an_append_at_once
    a_subscriber_hears_of_an_append_through_another_opened_log
}

async fn collect(log: Arc<dyn EventLog>, after: Position, count: usize) -> Vec<RecordedEvent> {
    let mut pages = Box::pin(subscribe(log, after));
    let mut events = Vec::new();
    while events.len() < count {
        events.append(&mut soon("the next page", pages.next()).await.unwrap().unwrap());
    }
    events
}

async fn nothing_is_missing_or_double_where_catching_up_meets_live(engine: Engine) {
    let log = engine.open().await;
    const WRITERS: usize = 8;
    const APPENDS: usize = 100;
    let writers = (0..WRITERS).map(|_| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let stream = stream();
            for number in 0..APPENDS {
                log.append(&stream, 2 * number as u64, several(2)).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    // They start while it is being written, one after the other, so that each meets the live end elsewhere.
    let mut readers = Vec::new();
    for part in 1..=6 {
        let (log, mut head) = (Arc::clone(&log), log.changes());
        soon("the next part", head.wait_for(|head| head.0 as usize >= part * WRITERS * APPENDS / 4)).await.unwrap();
        readers.push(tokio::spawn(collect(log, Position::START, 2 * WRITERS * APPENDS)));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let mut all = Vec::new();
    while let page =
        log.read_feed(Position(all.last().map_or(0, |event: &RecordedEvent| event.position.0)), 500).await.unwrap()
        && !page.is_empty()
    {
        all.extend(page);
    }
    assert_eq!(all.len(), 2 * WRITERS * APPENDS);
    for reader in readers {
        assert!(reader.await.unwrap() == all, "a subscriber saw something else than what is there");
    }
}

async fn a_subscriber_hears_of_an_append_at_once(engine: Engine) {
    let log = engine.open().await;
    let mut pages = Box::pin(subscribe(Arc::clone(&log), Position::START));
    let mut quickest = Duration::MAX;
    for _ in 0..20 {
        let (appended, page) = tokio::join!(
            async {
                log.append(&stream(), 0, several(1)).await.unwrap();
                Instant::now()
            },
            soon("the page", pages.next())
        );
        assert_eq!(page.unwrap().unwrap().len(), 1);
        quickest = quickest.min(appended.elapsed());
    }
    assert!(quickest < Duration::from_millis(100), "it took {quickest:?}, which is polling");
}

async fn a_subscriber_hears_of_an_append_through_another_opened_log(engine: Engine) {
    let (here, there) = (engine.open().await, engine.open().await);
    let mut pages = Box::pin(subscribe(here, Position::START));
    for _ in 0..3 {
        let receipt = there.append(&stream(), 0, several(1)).await.unwrap();
        let started = Instant::now();
        let page = soon("the page", pages.next()).await.unwrap().unwrap();
        assert_eq!(page[0].position, receipt.position);
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "it took {:?}, longer than looking now and then",
            started.elapsed()
        );
    }
}
