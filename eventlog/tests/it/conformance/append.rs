use std::sync::Arc;

use fieldlog_domain::provenance::Actor;
use fieldlog_domain::{AccountId, EventId, ResourceId};
use fieldlog_eventlog::{AppendError, LogError, Position};
use uuid::Uuid;

use crate::build::{event, named, several, stream};
use crate::engine::Engine;

crate::on_every_engine! {
    sequences_count_from_one_without_holes
    positions_rise_over_all_streams
    an_append_at_the_wrong_sequence_changes_nothing
    of_sixteen_racers_exactly_one_wins
    an_append_is_there_whole_or_not_at_all
    what_was_appended_comes_back_as_it_was
    a_payload_of_a_megabyte_comes_back
    every_kind_of_provenance_comes_back
    what_no_engine_can_keep_is_refused
    a_log_keeps_its_id_and_its_events_when_opened_again
}

async fn sequences_count_from_one_without_holes(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    assert_eq!(log.append(&stream, 0, several(1)).await.unwrap().sequence, 1);
    assert_eq!(log.append(&stream, 1, several(3)).await.unwrap().sequence, 4);
    let sequences: Vec<_> = log.read_stream(&stream, 0, 10).await.unwrap().iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
}

async fn positions_rise_over_all_streams(engine: Engine) {
    let log = engine.open().await;
    let mut last = Position::START;
    for _ in 0..5 {
        let receipt = log.append(&stream(), 0, several(2)).await.unwrap();
        assert!(receipt.position > last);
        assert_eq!(log.head().await.unwrap(), receipt.position);
        last = receipt.position;
    }
}

async fn an_append_at_the_wrong_sequence_changes_nothing(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    log.append(&stream, 0, several(2)).await.unwrap();
    for wrong in [0, 1, 3, 7] {
        let error = log.append(&stream, wrong, several(2)).await.unwrap_err();
        assert!(
            matches!(error, AppendError::Conflict { expected, actual: 2 } if expected == wrong),
            "{error:?} for {wrong}"
        );
    }
    let error = log.append(&named("nobody"), 4, several(1)).await.unwrap_err();
    assert!(matches!(error, AppendError::Conflict { expected: 4, actual: 0 }), "{error:?}");
    assert_eq!(log.read_feed(Position::START, 100).await.unwrap().len(), 2);
}

async fn of_sixteen_racers_exactly_one_wins(engine: Engine) {
    let log = engine.open().await;
    for round in 0..10 {
        let stream = named(&format!("name {round}"));
        let racers = (0..16).map(|_| {
            let (log, stream) = (Arc::clone(&log), stream.clone());
            tokio::spawn(async move { log.append(&stream, 0, several(2)).await })
        });
        let mut won = 0;
        for racer in racers.collect::<Vec<_>>() {
            match racer.await.unwrap() {
                Ok(_) => won += 1,
                Err(AppendError::Conflict { expected: 0, actual: 2 }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(log.read_stream(&stream, 0, 100).await.unwrap().len(), 2);
    }
}

async fn an_append_is_there_whole_or_not_at_all(engine: Engine) {
    let (log, taken, other) = (engine.open().await, stream(), stream());
    let first = several(1);
    log.append(&taken, 0, first.clone()).await.unwrap();
    // The second of three events has an id that is taken, while other appends are under way.
    let mut broken = several(3);
    broken[1].event_id = first[0].event_id;
    let third = stream();
    let (ok, refused) = tokio::join!(log.append(&third, 0, several(3)), log.append(&other, 0, broken));
    ok.unwrap();
    assert!(matches!(refused, Err(AppendError::Log(LogError::Damaged(_)))), "{refused:?}");
    assert_eq!(log.read_stream(&other, 0, 10).await.unwrap(), []);
    assert_eq!(log.read_feed(Position::START, 100).await.unwrap().len(), 4);
}

async fn what_was_appended_comes_back_as_it_was(engine: Engine) {
    let log = engine.open().await;
    let payloads = [
        r#"{"z":1,"a":2.50,"z":3}"#,
        r#"{ "spaces" : [ 1e400, 12345678901234567890123, -0.0 ] }"#,
        r#"{"nul":"\u0000","lone":"a\"b\\c","text":"Zürich 測量 🐝 \u00e9"}"#,
        r#""only a text""#,
        "null",
    ];
    let stream = named("élan 測量 'quoted\" %_\\ 🐝");
    let events: Vec<_> = payloads.iter().map(|payload| event(*payload)).collect();
    log.append(&stream, 0, events.clone()).await.unwrap();
    let found = engine.open().await.read_stream(&stream, 0, 10).await.unwrap();
    assert_eq!(found.len(), events.len());
    for (found, event) in found.iter().zip(&events) {
        assert_eq!(found.stream, stream);
        assert_eq!(
            (found.event_id, &found.event_type, &found.event_version),
            (event.event_id, &event.event_type, &event.event_version)
        );
        assert_eq!(found.payload, event.payload);
        assert_eq!(found.metadata, event.metadata);
    }
}

async fn a_payload_of_a_megabyte_comes_back(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    let payload = format!(r#"{{"text":"{}"}}"#, "ä🐝x".repeat(150_000));
    let events: Vec<_> = (0..20).map(|_| event(payload.clone())).collect();
    log.append(&stream, 0, events).await.unwrap();
    let mut after = Position::START;
    let mut seen = 0;
    loop {
        let page = log.read_feed(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.iter().all(|event| event.payload == payload));
        (after, seen) = (last.position, seen + page.len());
    }
    assert_eq!(seen, 20);
    assert_eq!(log.read_stream(&stream, 0, 1_000).await.unwrap().len(), 20);
}

async fn every_kind_of_provenance_comes_back(engine: Engine) {
    let (log, stream) = (engine.open().await, named("provenance"));
    let actors = [Actor::Anonymous, Actor::System, Actor::Operator, Actor::Account(AccountId(Uuid::new_v4()))];
    let events: Vec<_> = actors
        .iter()
        .flat_map(|actor| {
            [(*actor, None, None), (*actor, Some(EventId(Uuid::new_v4())), Some(ResourceId(Uuid::new_v4())))]
        })
        .map(|(actor, causation_id, resource)| {
            let mut event = event("{}");
            event.metadata.actor = actor;
            event.metadata.causation_id = causation_id;
            event.metadata.resource = resource;
            event
        })
        .collect();
    log.append(&stream, 0, events.clone()).await.unwrap();
    let found: Vec<_> =
        log.read_stream(&stream, 0, 100).await.unwrap().into_iter().map(|event| event.metadata).collect();
    assert_eq!(found, events.into_iter().map(|event| event.metadata).collect::<Vec<_>>());
}

async fn what_no_engine_can_keep_is_refused(engine: Engine) {
    let log = engine.open().await;
    let twice = event("{}");
    let refused = [
        (stream(), vec![]),
        (named(""), several(1)),
        (named("a\0b"), several(1)),
        (named(&"x".repeat(5_000)), several(1)),
        (stream(), vec![event("{")]),
        (stream(), vec![event("")]),
        (stream(), vec![twice.clone(), twice]),
    ];
    for (stream, events) in refused {
        let error = log.append(&stream, 0, events).await.unwrap_err();
        assert!(matches!(error, AppendError::Log(LogError::Damaged(_))), "{error:?}");
    }
    assert_eq!(log.head().await.unwrap(), Position::START);
}

async fn a_log_keeps_its_id_and_its_events_when_opened_again(engine: Engine) {
    let log = engine.open().await;
    let receipt = log.append(&stream(), 0, several(3)).await.unwrap();
    let (id, events) = (log.log_id(), log.read_feed(Position::START, 10).await.unwrap());
    drop(log);
    let log = engine.open().await;
    assert_eq!(log.log_id(), id);
    assert_eq!(*log.changes().borrow(), receipt.position);
    assert_eq!(log.read_feed(Position::START, 10).await.unwrap(), events);
    assert!(log.append(&stream(), 0, several(1)).await.unwrap().position > receipt.position);
}
