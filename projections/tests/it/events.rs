//! Where events are.

use fieldlog_domain::ResourceId;
use fieldlog_eventlog::{Position, RecordedEvent};
use fieldlog_projections::{EventRow, ListEvents, Order, Page};

use crate::world::{World, long_history};

fn row_of(event: &RecordedEvent) -> EventRow {
    EventRow {
        position: event.position,
        stream: event.stream.clone(),
        event_type: event.event_type.clone(),
        recorded_at: event.recorded_at,
        actor: event.metadata.actor,
        resource: event.metadata.resource,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_the_log_is_found_by_position_resource_and_type() {
    let (world, _) = World::with(&long_history(61, 900)).await;
    let view = world.view().await;
    let log = world.log.read_feed(Position::START, 100_000).await.unwrap();
    let rows: Vec<EventRow> = log.iter().map(row_of).collect();
    let list = |list: ListEvents| view.events(ListEvents { limit: list.limit.max(100_000), ..list }).unwrap();
    assert_eq!(list(ListEvents::default()), rows);
    let middle = rows[rows.len() / 2].position;
    assert_eq!(list(ListEvents { after: middle, ..ListEvents::default() }), rows[rows.len() / 2 + 1..]);
    let limited = ListEvents { after: middle, limit: 3, ..ListEvents::default() };
    assert_eq!(view.events(limited).unwrap(), rows[rows.len() / 2 + 1..][..3]);

    let resource: ResourceId = rows.iter().find_map(|row| row.resource).unwrap();
    let types = vec!["file_version_added".to_owned(), "revision_staged".to_owned()];
    let only = |is_wanted: &dyn Fn(&EventRow) -> bool| {
        rows.iter().filter(|row| row.position > Position(20) && is_wanted(row)).cloned().collect::<Vec<_>>()
    };
    let of = |resource, types: &[String]| {
        list(ListEvents { after: Position(20), resource, types: types.to_vec(), limit: 0 })
    };
    assert_eq!(of(Some(resource), &[]), only(&|row| row.resource == Some(resource)));
    assert_eq!(of(None, &types), only(&|row| types.contains(&row.event_type)));
    assert_eq!(
        of(Some(resource), &types),
        only(&|row| row.resource == Some(resource) && types.contains(&row.event_type))
    );
    assert_eq!(of(None, &["no_such_event".to_owned()]), []);
    let limited = ListEvents { types: types.clone(), limit: 4, ..ListEvents::default() };
    let first: Vec<_> = rows.iter().filter(|row| types.contains(&row.event_type)).take(4).cloned().collect();
    assert_eq!(view.events(limited).unwrap(), first);

    let told = |order| view.history(resource, order, Page::first(1_000)).unwrap().rows;
    let expected: Vec<_> = rows.iter().filter(|row| row.resource == Some(resource)).cloned().collect();
    assert_eq!(told(Order::OldestFirst), expected);
    assert_eq!(told(Order::NewestFirst), expected.into_iter().rev().collect::<Vec<_>>());
    let positions: Vec<Position> = told(Order::OldestFirst).iter().map(|row| row.position).collect();
    assert_eq!(world.log.events_at(&positions).await.unwrap().len(), positions.len());
}
