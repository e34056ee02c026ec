//! The feed of events, page by page.

use async_graphql::{Context, ID, Object, SimpleObject};
use fieldlog_domain::ResourceId;
use fieldlog_eventlog::Position;
use fieldlog_projections::ListEvents;

use super::{EventRecord, may_read, read};
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::global_id::Named;
use crate::graphql::pages;
use crate::graphql::scalars::LogPosition;

/// A part of the feed. It is no connection, because a position is all the cursor one needs.
#[derive(SimpleObject)]
pub struct EventPage {
    /// The events, in order.
    events: Vec<EventRecord>,
    /// What to ask for `after` to go on, now or later.
    end: LogPosition,
    /// Whether there may be more already.
    has_more: bool,
}

/// The feed of events.
#[derive(Default)]
pub struct EventQueries;

#[Object]
impl EventQueries {
    /// What happened after a position, in order: to one resource, for those who see its history, or everything, for
    /// administrators.
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only events after this one; from the beginning when left out.")] after: Option<LogPosition>,
        #[graphql(desc = "About this resource only.")] resource: Option<ID>,
        #[graphql(desc = "Of these types only.")] types: Option<Vec<String>>,
        first: Option<i32>,
    ) -> Result<EventPage, Failure> {
        let reading = RequestContext::of(context).now()?;
        let resource = resource_argument(resource)?;
        may_read(&reading, resource)?;
        let limit = pages::forward(first, None)?.first;
        let after = after.map_or(Position::START, |after| after.0);
        let list = ListEvents { after, resource, types: types.unwrap_or_default(), limit };
        let rows = reading.blocking(move |view| view.events(list)).await?;
        let has_more = rows.len() == limit;
        let positions: Vec<Position> = rows.iter().map(|row| row.position).collect();
        let mut events = read(&reading, &positions).await?;
        let end = match has_more {
            true => positions.last().copied().unwrap_or(after),
            false => reading.position.max(after),
        };
        let events = positions.iter().filter_map(|position| events.remove(position));
        let events = events.map(|event| EventRecord::new(event, &reading)).collect();
        Ok(EventPage { events, end: end.into(), has_more })
    }
}

/// Reads the argument.
pub fn resource_argument(resource: Option<ID>) -> Result<Option<ResourceId>, Failure> {
    let resource = resource.map(|id| ResourceId::named(&id)).transpose();
    resource.map_err(|error| Failure::bad_argument(format!("resource: {error}")))
}
