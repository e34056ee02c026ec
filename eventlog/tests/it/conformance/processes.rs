use std::collections::{HashMap, HashSet};

use fieldlog_eventlog::{EventLog, Position, RecordedEvent};

use crate::build::{several, stream};
use crate::child::{reader, writer};
use crate::engine::Engine;

crate::on_every_engine! {
    several_writers_and_readers_in_several_processes_agree
    what_was_acknowledged_before_a_kill_is_there_and_nothing_half
}

async fn whole(log: &dyn EventLog) -> Vec<RecordedEvent> {
    let mut all: Vec<RecordedEvent> = Vec::new();
    loop {
        let page = log.read_feed(all.last().map_or(Position::START, |event| event.position), 1_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn several_writers_and_readers_in_several_processes_agree(engine: Engine) {
    const APPENDS: usize = 120;
    let log = engine.open().await;
    let mut writers: Vec<_> = (0..3).map(|_| writer(&engine, APPENDS)).collect();
    // Per process: 4 tasks, 30 appends each, of 1, 2 and 3 events in turn.
    let mut readers: Vec<_> = (0..2).map(|_| reader(&engine, 3 * APPENDS * 2)).collect();
    let acknowledged: Vec<String> = writers
        .iter_mut()
        .flat_map(|writer| writer.all())
        .flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let seen: Vec<Vec<String>> = readers.iter_mut().map(|reader| reader.all()).collect();
    let all = whole(&*log).await;
    assert_eq!(all.len(), acknowledged.len());
    let there: HashSet<_> = all.iter().map(|event| event.event_id.to_string()).collect();
    assert!(acknowledged.iter().all(|id| there.contains(id)));
    let expected: Vec<_> = all.iter().map(|event| format!("{} {}", event.position, event.event_id)).collect();
    assert!(seen.iter().all(|seen| *seen == expected), "a reader in another process saw another feed");
}

async fn what_was_acknowledged_before_a_kill_is_there_and_nothing_half(engine: Engine) {
    let mut acknowledged = HashSet::new();
    for round in 0..5 {
        let mut writer = writer(&engine, 1_000_000);
        // In the middle of commits, and elsewhere in each round.
        for _ in 0..40 + 37 * round {
            acknowledged.extend(writer.next().unwrap().split(' ').map(str::to_owned));
        }
        writer.kill();
        while let Some(line) = writer.next() {
            acknowledged.extend(line.split(' ').map(str::to_owned));
        }
        let log = engine.open().await;
        let all = whole(&*log).await;
        let there: HashSet<_> = all.iter().map(|event| event.event_id.to_string()).collect();
        assert!(acknowledged.is_subset(&there), "round {round}: an acknowledged event is gone");
        let mut sizes = HashMap::<_, Vec<usize>>::new();
        for event in all.iter().filter(|event| event.payload.contains("size")) {
            let size = serde_json::from_str::<serde_json::Value>(&event.payload).unwrap()["size"].as_u64().unwrap();
            sizes.entry(&event.stream).or_default().push(size as usize);
        }
        for (stream, sizes) in sizes {
            let mut rest = &sizes[..];
            while let Some(size) = rest.first() {
                assert!(rest.len() >= *size, "round {round}: an append of {size} to {stream} is half there");
                rest = &rest[*size..];
            }
        }
        log.append(&stream(), 0, several(1)).await.unwrap();
    }
}
