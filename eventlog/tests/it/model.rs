//! Random appends, compared with the simplest log there is.

use std::collections::BTreeMap;

use fieldlog_domain::{EventId, StreamId};
use fieldlog_eventlog::{AppendError, EventLog, NewEvent, Position};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::build::{named, several};
use crate::engine::Engine;

#[derive(Debug, Clone)]
enum Step {
    Append { stream: usize, off_by: i64, events: usize },
    Repeat { which: usize, off_by: i64 },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_usize, prop_oneof![6 => Just(0_i64), 1 => Just(-1), 1 => Just(1)], 1..4_usize)
            .prop_map(|(stream, off_by, events)| Step::Append { stream, off_by, events }),
        2 => (any::<usize>(), -1..2_i64).prop_map(|(which, off_by)| Step::Repeat { which, off_by }),
        1 => Just(Step::Reopen),
    ]
}

/// Streams as lists of ids; the feed in order; every append that succeeded with its last sequence.
#[derive(Default)]
struct Model {
    streams: BTreeMap<StreamId, Vec<EventId>>,
    feed: Vec<EventId>,
    appended: Vec<(StreamId, Vec<NewEvent>, u64)>,
}

impl Model {
    fn at(&self, stream: &StreamId, off_by: i64) -> u64 {
        (self.streams.get(stream).map_or(0, Vec::len) as u64).saturating_add_signed(off_by)
    }

    async fn append(&mut self, log: &dyn EventLog, stream: StreamId, expected: u64, events: Vec<NewEvent>) {
        let answer = log.append(&stream, expected, events.clone()).await;
        let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
        let known = self.streams.entry(stream.clone()).or_default();
        if let Some((.., sequence)) = self.appended.iter().find(|(.., appended, _)| appended[0].event_id == ids[0]) {
            assert_eq!(answer.unwrap().sequence, *sequence);
        } else if known.len() as u64 == expected {
            assert_eq!(answer.unwrap().sequence, expected + ids.len() as u64);
            known.extend(&ids);
            self.feed.extend(&ids);
            self.appended.push((stream, events, expected + ids.len() as u64));
        } else {
            let actual = known.len() as u64;
            assert!(
                matches!(answer, Err(AppendError::Conflict { expected: e, actual: a }) if (e, a) == (expected, actual)),
                "{answer:?}"
            );
        }
    }

    async fn compare(&self, log: &dyn EventLog) {
        let feed = log.read_feed(Position::START, 10_000).await.unwrap();
        assert_eq!(feed.iter().map(|event| event.event_id).collect::<Vec<_>>(), self.feed);
        assert!(feed.is_sorted_by(|one, next| one.position < next.position));
        assert_eq!(log.head().await.unwrap(), feed.last().map_or(Position::START, |event| event.position));
        for (stream, ids) in &self.streams {
            let events = log.read_stream(stream, 0, 10_000).await.unwrap();
            assert_eq!(&events.iter().map(|event| event.event_id).collect::<Vec<_>>(), ids);
            assert!(events.iter().zip(1..).all(|(event, sequence)| event.sequence == sequence));
        }
    }
}

async fn play(engine: Engine, steps: Vec<Step>) {
    let mut log = engine.open().await;
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append { stream, off_by, events } => {
                let stream = named(["a", "b", "0192d0f5-0000-7000-8000-000000000001"][stream]);
                let expected = model.at(&stream, off_by);
                model.append(&*log, stream, expected, several(events)).await;
            }
            Step::Repeat { which, off_by } => {
                if let Some((stream, events, _)) = model.appended.get(which % model.appended.len().max(1)).cloned() {
                    let expected = model.at(&stream, off_by);
                    model.append(&*log, stream, expected, events).await;
                }
            }
            Step::Reopen => {
                drop(log);
                log = engine.open().await;
            }
        }
    }
    model.compare(&*log).await;
}

fn compare(engine: fn() -> Engine, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 50, ..Config::default() });
    runner
        .run(&proptest::collection::vec(step(), 0..25), |steps| {
            runtime.block_on(play(engine(), steps));
            Ok(())
        })
        .unwrap();
}

#[test]
fn sqlite_does_what_the_simplest_log_does() {
    compare(Engine::sqlite, 48);
}

#[test]
fn postgres_does_what_the_simplest_log_does() {
    compare(Engine::postgres, 16);
}

#[test]
fn eventstoredb_does_what_the_simplest_log_does() {
    compare(Engine::eventstoredb, 16);
}
