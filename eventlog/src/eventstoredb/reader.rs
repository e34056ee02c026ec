//! Reading. Whatever the server gives is compared with the index: what is missing is an error and never a short answer.

use std::sync::Arc;
use std::vec::IntoIter;

use eventstore::{Client, ReadAllOptions, ReadStream, ReadStreamOptions, StreamPosition, SubscriptionEvent};
use fieldlog_domain::{EventId, StreamId};
use futures::{StreamExt, TryStreamExt};
use tokio::time::Duration;

use super::ended::ended_when_stuck;
use super::envelope::{Received, unwrap};
use super::error::Failure;
use super::follower::{Follower, from};
use super::index::{Index, MAX_PAGE_BYTES, Place, Row};
use super::names;
use super::node::{Node, in_time};
use super::payload;
use crate::port::LogError;
use crate::recorded::{Position, RecordedEvent};

/// Events of one stream read at once.
const STREAM_PAGE: usize = 1_000;
/// A longer page of the feed is worth a subscription, whose server leaves out what is not ours.
const SHORT: usize = 16;
/// How many of `$all` are looked at from its end at once.
const AT_THE_END: usize = 64;
/// Reads at a time.
const AT_ONCE: usize = 8;

pub(super) struct Reader {
    pub(super) node: Arc<Node>,
    pub(super) index: Arc<Index>,
    pub(super) follower: Arc<Follower>,
}

impl Reader {
    fn failed(&self, failure: Failure) -> LogError {
        failure.of_reading(self.node.place())
    }

    fn lost(&self, row: &Row) -> LogError {
        LogError::Damaged(format!(
            "{}: event {} of {} at position {} is gone: it was truncated or scavenged, or its stream deleted",
            self.node.place(),
            row.sequence,
            row.stream,
            row.position
        ))
    }

    /// Whether the last event of the index is where the index has it: a log that was restored from an older copy has another past.
    pub(super) async fn knows_the_log(&self) -> Result<bool, LogError> {
        let Some(row) = self.index.last()? else { return Ok(true) };
        let name = names::of_stream(self.node.log_name(), &row.stream);
        match self.node.ask(|client| read_stream(client, &self.node, &name, row.sequence - 1, 1)).await {
            Ok(page) => Ok(page
                .first()
                .is_some_and(|event| event.id == row.event_id.uuid() && event.position.commit == row.position.0)),
            Err(Failure::NoStream | Failure::Deleted) => Ok(false),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    /// Waits until the index has everything the server has committed by now.
    pub(super) async fn settle(&self) -> Result<(), LogError> {
        let scanned = self.follower.progress.borrow().scanned;
        let end = self.node.ask(|client| last_of_ours(client, &self.node, scanned)).await;
        self.follower.reach(end.map_err(|failure| self.failed(failure))?).await
    }

    pub(super) async fn head(&self) -> Result<Position, LogError> {
        self.settle().await?;
        Ok(self.index.last()?.map_or(Position::START, |row| row.position))
    }

    pub(super) async fn stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let mut events: Vec<RecordedEvent> = Vec::new();
        // What was read of a stream never changes, so several reads are as good as one.
        while events.len() < limit && i32::try_from(after).is_ok() {
            let wanted = (limit - events.len()).min(STREAM_PAGE);
            let page = self.page_of_stream(stream, after + events.len() as u64, wanted).await?;
            let got = page.len();
            events.extend(page);
            if got < wanted {
                break;
            }
        }
        Ok(events)
    }

    async fn page_of_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let name = names::of_stream(self.node.log_name(), stream);
        // Before the read: all of these have to be in it.
        let known = self.index.of_stream(stream, after, limit)?;
        let page = match self.node.ask(|client| read_stream(client, &self.node, &name, after, limit)).await {
            Ok(page) => self.understood(page)?,
            Err(Failure::NoStream) => Vec::new(),
            Err(failure) => return Err(self.failed(failure)),
        };
        if known.len() > page.len() {
            let lost = known.iter().find(|row| !page.iter().any(|event| event.event_id == row.event_id));
            return Err(self.lost(lost.unwrap_or(&known[0])));
        }
        if let Some(last) = page.last() {
            self.follower.reach(last.position.0).await?;
        }
        let rows = self.index.of_stream(stream, after, page.len())?;
        self.recorded(page, rows).await
    }

    pub(super) async fn feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        let mut rows = self.index.after(after, limit)?;
        let is_full = rows.len() == limit || rows.iter().map(|row| row.bytes).sum::<usize>() >= MAX_PAGE_BYTES;
        if !is_full {
            self.settle().await?;
            rows = self.index.after(after, limit)?;
        }
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let until = rows.last().map_or(first.position, |last| last.position).0;
        let page = if rows.len() <= SHORT {
            let start = Place { commit: first.position.0, prepare: first.prepare };
            self.node.ask(|client| read_all(client, &self.node, start, until)).await
        } else {
            let start = self.index.at_or_before(after)?;
            let start = start.map_or_else(Place::default, |row| Place { commit: row.position.0, prepare: row.prepare });
            self.node.ask(|client| subscribe_until(client, &self.node, start, until)).await
        };
        let page = self.understood(page.map_err(|failure| self.failed(failure))?)?;
        self.recorded(page, rows).await
    }

    pub(super) async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        let row = match self.index.by_id(id)? {
            None => {
                self.settle().await?;
                self.index.by_id(id)?
            }
            found => found,
        };
        match row {
            Some(row) => self.at(row).await.map(Some),
            None => Ok(None),
        }
    }

    /// In the order of the log, each once.
    pub(super) async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        if positions.last().is_some_and(|last| last.0 > self.follower.progress.borrow().scanned) {
            self.settle().await?;
        }
        let mut rows = Vec::new();
        for position in positions {
            rows.extend(self.index.at(position)?);
        }
        futures::stream::iter(rows).map(|row| self.at(row)).buffered(AT_ONCE).try_collect().await
    }

    async fn at(&self, row: Row) -> Result<RecordedEvent, LogError> {
        let start = Place { commit: row.position.0, prepare: row.prepare };
        let page = self.node.ask(|client| read_all(client, &self.node, start, row.position.0)).await;
        let page = self.understood(page.map_err(|failure| self.failed(failure))?)?;
        self.recorded(page, vec![row.clone()]).await?.pop().ok_or_else(|| self.lost(&row))
    }

    fn understood(&self, page: Vec<eventstore::RecordedEvent>) -> Result<Vec<Received>, LogError> {
        page.into_iter().map(|event| unwrap(self.node.place(), self.node.log_name(), event)).collect()
    }

    /// Exactly what the index knows, with payloads and the index's times.
    async fn recorded(&self, page: Vec<Received>, rows: Vec<Row>) -> Result<Vec<RecordedEvent>, LogError> {
        let pairs = self.paired(page.into_iter(), rows)?;
        let whole = |(event, row): (Received, Row)| async move {
            let payload = payload::of(&self.node, &event).await?;
            Ok(event.recorded(payload, row.recorded_at))
        };
        futures::stream::iter(pairs).map(whole).buffered(AT_ONCE).try_collect().await
    }

    fn paired(&self, page: IntoIter<Received>, rows: Vec<Row>) -> Result<Vec<(Received, Row)>, LogError> {
        let mut page = page.peekable();
        let mut pairs = Vec::with_capacity(rows.len());
        for row in rows {
            // Between what the index knows there is nothing: a filter is by the beginning of a name.
            let event = page.next_if(|event| event.position == row.position && event.event_id == row.event_id);
            pairs.push((event.ok_or_else(|| self.lost(&row))?, row));
        }
        match page.next() {
            None => Ok(pairs),
            Some(event) => Err(LogError::Damaged(format!(
                "{}: the event at position {} was not there before",
                self.node.place(),
                event.position
            ))),
        }
    }
}

type Events = eventstore::Result<Vec<eventstore::RecordedEvent>>;

/// Commit position of the last event of this log after `scanned`, or `scanned`.
async fn last_of_ours(client: Client, node: &Node, scanned: u64) -> eventstore::Result<u64> {
    let prefix = names::prefix(node.log_name());
    let mut position = StreamPosition::End;
    loop {
        let options = ReadAllOptions::default().position(position).backwards().max_count(AT_THE_END);
        let mut page = in_time(node.patience, client.read_all(&node.signed(options))).await?;
        let mut last = None;
        while let Some(event) = in_time(node.patience, page.next()).await? {
            let Some(event) = event.event else { continue };
            if event.position.commit <= scanned {
                return Ok(scanned);
            }
            if event.stream_id.starts_with(&prefix) {
                return Ok(event.position.commit);
            }
            last = Some(event.position);
        }
        match last {
            Some(last) if StreamPosition::Position(last) != position => position = StreamPosition::Position(last),
            _ => return Ok(scanned),
        }
    }
}

async fn read_stream(client: Client, node: &Node, name: &str, after: u64, limit: usize) -> Events {
    let options = ReadStreamOptions::default().position(StreamPosition::Position(after)).max_count(limit);
    let mut page = in_time(node.patience, client.read_stream(name, &node.signed(options))).await?;
    let mut events = Vec::new();
    while let Some(event) = next(node.patience, &mut page).await? {
        events.push(event);
    }
    Ok(events)
}

/// What is ours of `$all` from one place to another, both included.
async fn read_all(client: Client, node: &Node, start: Place, until: u64) -> Events {
    let prefix = names::prefix(node.log_name());
    let position = eventstore::Position { commit: start.commit, prepare: start.prepare };
    let options = ReadAllOptions::default().position(StreamPosition::Position(position));
    let options = if start.commit == until { options.max_count(1) } else { options };
    let mut page = in_time(node.patience, client.read_all(&node.signed(options))).await?;
    let mut events = Vec::new();
    while let Some(event) = next(node.patience, &mut page).await? {
        let at = event.position.commit;
        if at <= until && event.stream_id.starts_with(&prefix) {
            events.push(event);
        }
        if at >= until {
            break;
        }
    }
    Ok(events)
}

async fn next(patience: Duration, page: &mut ReadStream) -> eventstore::Result<Option<eventstore::RecordedEvent>> {
    loop {
        match in_time(patience, page.next()).await? {
            None => return Ok(None),
            Some(event) if event.event.is_none() => {}
            Some(event) => return Ok(event.event),
        }
    }
}

/// What is ours of `$all` after one place up to another, by a subscription: only they are filtered by the server.
async fn subscribe_until(client: Client, node: &Node, start: Place, until: u64) -> Events {
    let options = node.signed(from(start, node.log_name()));
    ended_when_stuck(async {
        let mut subscription = client.subscribe_to_all(&options).await;
        let mut events = Vec::new();
        loop {
            match in_time(node.patience, subscription.next_subscription_event()).await? {
                SubscriptionEvent::EventAppeared(event) => {
                    let Some(event) = event.event else { continue };
                    let at = event.position.commit;
                    if at <= until {
                        events.push(event);
                    }
                    if at >= until {
                        return Ok(events);
                    }
                }
                // The last one is gone.
                SubscriptionEvent::Checkpoint(looked) if looked.commit >= until => return Ok(events),
                SubscriptionEvent::CaughtUp => return Ok(events),
                _ => {}
            }
        }
    })
    .await
}
