use chrono::{TimeDelta, Utc};
use fieldlog_domain::EventId;
use fieldlog_eventlog::Position;
use uuid::Uuid;

use crate::build::{several, stream};
use crate::engine::Engine;

crate::on_every_engine! {
    an_empty_log_answers_everything
    a_stream_is_read_in_pages_and_whole
    the_feed_is_read_in_pages
    an_event_is_found_by_its_id_and_by_its_position
    a_moment_is_found_among_the_times_of_recording
}

async fn an_empty_log_answers_everything(engine: Engine) {
    let log = engine.open().await;
    assert_eq!(log.head().await.unwrap(), Position::START);
    assert_eq!(log.read_feed(Position::START, 10).await.unwrap(), []);
    assert_eq!(log.read_stream(&stream(), 0, 10).await.unwrap(), []);
    assert_eq!(log.event(EventId(Uuid::new_v4())).await.unwrap(), None);
    assert_eq!(log.events_at(&[Position(1)]).await.unwrap(), []);
    assert_eq!(log.position_at(Utc::now()).await.unwrap(), Position::START);
}

async fn a_stream_is_read_in_pages_and_whole(engine: Engine) {
    let (log, stream) = (engine.open().await, stream());
    for start in (0..2_500).step_by(500) {
        log.append(&stream, start, several(500)).await.unwrap();
    }
    let whole = log.read_stream(&stream, 0, usize::MAX).await.unwrap();
    assert_eq!(whole.len(), 2_500);
    assert!(whole.iter().zip(1..).all(|(event, sequence)| event.sequence == sequence));
    assert_eq!(log.read_stream(&stream, 0, 300).await.unwrap(), whole[..300]);
    assert_eq!(log.read_stream(&stream, 2_490, 300).await.unwrap(), whole[2_490..]);
    assert_eq!(log.read_stream(&stream, 2_500, 300).await.unwrap(), []);
    assert_eq!(log.read_stream(&stream, u64::MAX, 300).await.unwrap(), []);
    assert_eq!(log.read_stream(&stream, 0, 0).await.unwrap(), []);
}

async fn the_feed_is_read_in_pages(engine: Engine) {
    let log = engine.open().await;
    for _ in 0..20 {
        log.append(&stream(), 0, several(50)).await.unwrap();
    }
    let whole = log.read_feed(Position::START, 10_000).await.unwrap();
    assert_eq!(whole.len(), 1_000);
    let mut paged = Vec::new();
    loop {
        let after = paged.last().map_or(Position::START, |event: &fieldlog_eventlog::RecordedEvent| event.position);
        let mut page = log.read_feed(after, 7).await.unwrap();
        assert!(page.len() <= 7);
        if page.is_empty() {
            break;
        }
        paged.append(&mut page);
    }
    assert_eq!(paged, whole);
    assert_eq!(log.read_feed(Position(u64::MAX), 7).await.unwrap(), []);
}

async fn an_event_is_found_by_its_id_and_by_its_position(engine: Engine) {
    let (log, events) = (engine.open().await, several(5));
    log.append(&stream(), 0, events.clone()).await.unwrap();
    let all = log.read_feed(Position::START, 10).await.unwrap();
    assert_eq!(log.event(events[3].event_id).await.unwrap().as_ref(), Some(&all[3]));
    let asked = [all[4].position, Position(1_000_000), all[1].position, all[4].position];
    assert_eq!(log.events_at(&asked).await.unwrap(), [all[1].clone(), all[4].clone()]);
}

async fn a_moment_is_found_among_the_times_of_recording(engine: Engine) {
    let log = engine.open().await;
    let before = Utc::now() - TimeDelta::seconds(60);
    for _ in 0..40 {
        log.append(&stream(), 0, several(3)).await.unwrap();
    }
    let all = log.read_feed(Position::START, 1_000).await.unwrap();
    assert!(all.is_sorted_by_key(|event| event.recorded_at), "times never fall");
    assert_eq!(log.position_at(before).await.unwrap(), Position::START);
    assert_eq!(log.position_at(chrono::DateTime::<Utc>::MIN_UTC).await.unwrap(), Position::START);
    assert_eq!(log.position_at(chrono::DateTime::<Utc>::MAX_UTC).await.unwrap(), all[119].position);
    for event in &all {
        let until = all.iter().rfind(|other| other.recorded_at <= event.recorded_at).unwrap().position;
        assert_eq!(log.position_at(event.recorded_at).await.unwrap(), until);
        let earlier = event.recorded_at - TimeDelta::microseconds(1);
        let until =
            all.iter().rfind(|other| other.recorded_at <= earlier).map_or(Position::START, |other| other.position);
        assert_eq!(log.position_at(earlier).await.unwrap(), until);
    }
}
