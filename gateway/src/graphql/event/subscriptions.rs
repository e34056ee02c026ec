//! The feed of events, as it happens.
//!
//! It follows the read model rather than the log: the model knows which events are about a resource, and it moves on in the
//! order of the log, so nothing is left out and nothing comes twice, wherever the stream begins.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};
use fieldlog_domain::ResourceId;
use fieldlog_eventlog::Position;
use fieldlog_projections::ListEvents;
use futures::{Stream, StreamExt, stream};
use tokio::sync::watch;

use super::queries::resource_argument;
use super::{EventRecord, may_read, read};
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::reading::Reading;
use crate::graphql::scalars::LogPosition;

/// How many events are read at once while catching up.
const BATCH: usize = 200;

/// Following the feed.
#[derive(Default)]
pub struct EventSubscriptions;

#[Subscription]
impl EventSubscriptions {
    /// What happens after a position, without end: to one resource, for those who see its history, or everything, for
    /// administrators. To go on after a connection was lost, ask for what is after the last position seen.
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only events after this one; from now on when left out.")] after: Option<LogPosition>,
        #[graphql(desc = "About this resource only.")] resource: Option<ID>,
        #[graphql(desc = "Of these types only.")] types: Option<Vec<String>>,
    ) -> Result<impl Stream<Item = Result<EventRecord, Failure>> + use<>, Failure> {
        let context = context.data_unchecked::<Arc<RequestContext>>().clone();
        let reading = context.now()?;
        let resource = resource_argument(resource)?;
        may_read(&reading, resource)?;
        let resumed = context.resume.map(Position);
        let after = resumed.or(after.map(|after| after.0)).unwrap_or(reading.position);
        let feed = Feed::new(context.clone(), after, resource, types.unwrap_or_default());
        let batches = stream::unfold(feed, |mut feed| async move { feed.next().await.map(|batch| (batch, feed)) });
        let events = batches.flat_map(|batch| match batch {
            Ok(events) => stream::iter(events.into_iter().map(Ok).collect::<Vec<_>>()),
            Err(failure) => stream::iter(vec![Err(failure)]),
        });
        Ok(events.inspect(move |event| {
            if let Ok(event) = event {
                context.place.set(event.event.position.0);
            }
        }))
    }
}

/// Follows the events of one resource, or all.
pub struct Feed {
    context: Arc<RequestContext>,
    changes: watch::Receiver<Position>,
    after: Position,
    resource: Option<ResourceId>,
    types: Vec<String>,
    is_over: bool,
}

impl Feed {
    /// Begins after a position.
    pub fn new(
        context: Arc<RequestContext>,
        after: Position,
        resource: Option<ResourceId>,
        types: Vec<String>,
    ) -> Self {
        let changes = context.gateway.app().model().changes();
        Self { context, changes, after, resource, types, is_over: false }
    }

    /// The next events; waits for them. Nothing more comes after a failure.
    pub async fn next(&mut self) -> Option<Result<Vec<EventRecord>, Failure>> {
        if self.is_over {
            return None;
        }
        loop {
            self.changes.mark_unchanged();
            match self.read().await {
                Ok(events) if events.is_empty() => {}
                answer => {
                    self.is_over = answer.is_err();
                    return Some(answer);
                }
            }
            // The model is gone only when the server stops.
            self.changes.changed().await.ok()?;
        }
    }

    async fn read(&mut self) -> Result<Vec<EventRecord>, Failure> {
        let reading = self.context.fresh()?;
        // Whoever may see it may change while the stream is open.
        may_read(&reading, self.resource)?;
        let rows = self.rows(&reading).await?;
        let positions: Vec<Position> = rows.iter().map(|row| row.position).collect();
        let mut events = read(&reading, &positions).await?;
        let Some(last) = positions.last() else { return Ok(Vec::new()) };
        self.after = *last;
        let events = positions.iter().map(|position| {
            let event = events.remove(position);
            event.ok_or_else(|| Failure::internal(format!("the log has no event at {position}")))
        });
        events.map(|event| Ok(EventRecord::new(event?, &reading))).collect()
    }

    async fn rows(&self, reading: &Reading) -> Result<Vec<fieldlog_projections::EventRow>, Failure> {
        let list = ListEvents { after: self.after, resource: self.resource, types: self.types.clone(), limit: BATCH };
        reading.blocking(move |view| view.events(list)).await
    }
}
