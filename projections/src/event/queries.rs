//! Questions about events.

use chrono::{DateTime, Utc};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::{ResourceId, StreamId};
use fieldlog_eventlog::Position;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::EventRow;
use crate::column::{Cells, integer, json, micros};
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

/// Which end of a history comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As it happened.
    #[default]
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// What happened after a position, in order?
#[derive(Debug, Clone, Default)]
pub struct ListEvents {
    /// Only events after this one.
    pub after: Position,
    /// About this resource only.
    pub resource: Option<ResourceId>,
    /// Of these types only; empty: of all.
    pub types: Vec<String>,
    /// How many at most.
    pub limit: usize,
}

/// The columns of an event after its key.
macro_rules! events {
    ($filter:literal) => {
        concat!(
            "SELECT position, position, stream_kind, stream_id, event_type, recorded_at, actor, resource FROM event WHERE ",
            $filter
        )
    };
}

impl View {
    /// What happened to a resource, its files and its jobs.
    pub fn history(&self, resource: ResourceId, order: Order, page: Page) -> Result<Listed<EventRow>, ReadError> {
        let list =
            Ordered { select: events!("resource = ?1"), key: "position", is_falling: order == Order::NewestFirst };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::History, &[&resource.uuid()], event))
    }

    /// Answers [`ListEvents`].
    pub fn events(&self, list: ListEvents) -> Result<Vec<EventRow>, ReadError> {
        self.read_at_once(|connection| match (list.resource, list.types.as_slice()) {
            (None, []) => read(connection, events!("position > ?1 ORDER BY position LIMIT ?2"), &list, None, None),
            (Some(_), []) => {
                let sql = events!("position > ?1 AND resource = ?3 ORDER BY position LIMIT ?2");
                read(connection, sql, &list, list.resource, None)
            }
            (Some(_), types) => {
                let sql = events!(
                    "position > ?1 AND resource = ?3 AND event_type IN (SELECT value FROM json_each(?4))
                     ORDER BY position LIMIT ?2"
                );
                read(connection, sql, &list, list.resource, Some(&json(&types)?))
            }
            (None, types) => of_types(connection, &list, types),
        })
    }

    /// Position of the last event recorded at or before `time`.
    pub fn position_at(&self, time: DateTime<Utc>) -> Result<Position, ReadError> {
        // Half by half instead of by an index: the time never falls from one position to the next.
        self.read_at_once(|connection| {
            let mut last = connection.prepare_cached(
                "SELECT position, recorded_at FROM event WHERE position <= ?1 ORDER BY position DESC LIMIT 1",
            )?;
            let mut at_or_before = |position: i64| {
                last.query_row([position], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()
            };
            let (mut answer, mut low) = (0, 0);
            let mut high = at_or_before(i64::MAX)?.map_or(0, |(position, _)| position);
            while low < high {
                let middle = high - (high - low) / 2;
                match at_or_before(middle)? {
                    Some((position, recorded_at)) if position > low && recorded_at <= micros(time) => {
                        (answer, low) = (position, middle);
                    }
                    Some((position, _)) if position > low => high = position - 1,
                    _ => low = middle,
                }
            }
            Ok(Position(answer.cast_unsigned()))
        })
    }
}

fn read(
    connection: &Connection,
    sql: &str,
    list: &ListEvents,
    resource: Option<ResourceId>,
    types: Option<&str>,
) -> Result<Vec<EventRow>, ReadError> {
    let mut query = connection.prepare_cached(sql)?;
    let (after, limit) = (integer(list.after.0), integer(list.limit as u64));
    let resource = resource.map(ResourceId::uuid);
    let params: [&dyn ToSql; 4] = [&after, &limit, &resource, &types];
    let used = query.parameter_count();
    let rows = query.query_map(&params[..used], only_event)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Each type has its own ordered list; these are the first of them all.
fn of_types(connection: &Connection, list: &ListEvents, types: &[String]) -> Result<Vec<EventRow>, ReadError> {
    let mut query =
        connection.prepare_cached(events!("event_type = ?3 AND position > ?1 ORDER BY position LIMIT ?2"))?;
    let mut found: Vec<EventRow> = Vec::new();
    for event_type in types {
        let params = params![integer(list.after.0), integer(list.limit as u64), event_type];
        for row in query.query_map(params, only_event)? {
            found.push(row?);
        }
    }
    found.sort_unstable_by_key(|event| event.position);
    found.dedup_by_key(|event| event.position);
    found.truncate(list.limit);
    Ok(found)
}

/// The row without its key.
fn only_event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let mut cells = Cells::of(row);
    cells.skip();
    event(&mut cells)
}

fn event(cells: &mut Cells<'_, '_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        position: Position(cells.count()?),
        stream: StreamId { kind: cells.word()?, id: cells.id_or_text(|id| id.to_string(), str::to_owned)? },
        event_type: cells.get()?,
        recorded_at: cells.time()?,
        actor: cells.id_or_text(|id| Actor::Account(id.into()), actor)?,
        resource: cells.id_if_any()?,
    })
}

fn actor(word: &str) -> Actor {
    match word {
        "system" => Actor::System,
        "operator" => Actor::Operator,
        _ => Actor::Anonymous,
    }
}
