//! Appending: the server compares the expected revision, the index knows the ids.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use eventstore::{AppendToStreamOptions, EventData, ExpectedRevision};
use fieldlog_domain::StreamId;
use tokio::time::{Instant, timeout_at};

use super::envelope::wrap;
use super::error::Failure;
use super::names;
use super::node::{Node, in_time};
use super::payload::put_large;
use super::reader::Reader;
use crate::admission::id_is_taken;
use crate::port::{AppendError, LogError};
use crate::recorded::{NewEvent, Receipt};

pub(super) struct Appender {
    pub(super) node: Arc<Node>,
    pub(super) reader: Arc<Reader>,
}

/// What the index says of an append before it is sent.
enum Before {
    /// It is there already.
    Done(Receipt),
    /// The stream is where it should be, and nobody has the ids.
    Free,
    /// The stream is elsewhere, as far as the index knows.
    Elsewhere { actual: u64 },
}

impl Appender {
    /// `times`: when another log took the events, if they are copied from there.
    pub(super) async fn append(
        &self,
        stream: &StreamId,
        expected: u64,
        events: &[NewEvent],
        times: Option<&[DateTime<Utc>]>,
    ) -> Result<Receipt, AppendError> {
        match self.settled(stream, expected, events).await? {
            Before::Done(receipt) => return Ok(receipt),
            Before::Elsewhere { actual } => return Err(AppendError::Conflict { expected, actual }),
            Before::Free => {}
        }
        match self.send(stream, expected, events, times).await {
            Ok(()) => Ok(self.receipt(stream, expected + events.len() as u64).await?),
            Err(Failure::WrongRevision) => {
                self.reader.settle().await?;
                match self.look(stream, expected, events)? {
                    Before::Done(receipt) => Ok(receipt),
                    Before::Elsewhere { actual } => Err(AppendError::Conflict { expected, actual }),
                    Before::Free => {
                        Err(self.damaged(stream, "the server says that it is not where its events end").into())
                    }
                }
            }
            Err(Failure::Deleted) => Err(self.damaged(stream, "it was deleted").into()),
            Err(Failure::Refused(error)) => Err(error.into()),
            Err(Failure::Unreached(why)) => Err(LogError::Unavailable(format!("{}: {why}", self.node.place())).into()),
            Err(Failure::Broken(why) | Failure::Nonsense(why)) => self
                .found(stream, expected, events)
                .await
                .ok_or_else(|| LogError::InDoubt(format!("{}: {why}", self.node.place())).into()),
            Err(Failure::NoStream) => Err(self.damaged(stream, "it is gone").into()),
        }
    }

    fn damaged(&self, stream: &StreamId, what: &str) -> LogError {
        LogError::Damaged(format!("{}: stream {stream}: {what}", self.node.place()))
    }

    /// The index may be behind what other processes append; when what it says is no reason to send, it is asked again.
    async fn settled(&self, stream: &StreamId, expected: u64, events: &[NewEvent]) -> Result<Before, LogError> {
        match self.look(stream, expected, events)? {
            Before::Elsewhere { .. } => {
                self.reader.settle().await?;
                self.look(stream, expected, events)
            }
            other => Ok(other),
        }
    }

    /// The receipt of an append whose answer was lost, if it is there. If it is not, it may still come.
    async fn found(&self, stream: &StreamId, expected: u64, events: &[NewEvent]) -> Option<Receipt> {
        self.reader.settle().await.ok()?;
        match self.look(stream, expected, events) {
            Ok(Before::Done(receipt)) => Some(receipt),
            _ => None,
        }
    }

    fn look(&self, stream: &StreamId, expected: u64, events: &[NewEvent]) -> Result<Before, LogError> {
        let index = &self.reader.index;
        let first = index.by_id(events[0].event_id)?;
        if let Some(first) = first.filter(|first| first.stream == *stream) {
            let last = index.in_stream(stream, first.sequence + first.following)?;
            let last = last.ok_or_else(|| self.damaged(stream, "an append is there in part only"))?;
            return Ok(Before::Done(Receipt { position: last.position, sequence: last.sequence }));
        }
        let actual = index.last_sequence(stream)?;
        if actual != expected {
            return Ok(Before::Elsewhere { actual });
        }
        for event in events {
            if index.by_id(event.event_id)?.is_some() {
                return Err(id_is_taken(&events[0].event_type, stream));
            }
        }
        Ok(Before::Free)
    }

    /// Sends it until there is an answer. The server answers a repetition like the first time: same ids, same expected revision.
    async fn send(
        &self,
        stream: &StreamId,
        expected: u64,
        events: &[NewEvent],
        times: Option<&[DateTime<Utc>]>,
    ) -> Result<(), Failure> {
        // Nothing that is known of the log is written by this, so it may fail without doubt.
        let elsewhere = put_large(&self.node, events).await.map_err(|failure| match failure {
            Failure::Broken(why) | Failure::Unreached(why) => {
                Failure::Refused(LogError::Unavailable(format!("{}: {why}", self.node.place())))
            }
            Failure::Nonsense(why) => Failure::Refused(LogError::Damaged(format!("{}: {why}", self.node.place()))),
            other => other,
        })?;
        let sent: Result<Vec<EventData>, LogError> = (events.iter().zip(elsewhere).enumerate())
            .map(|(index, (event, elsewhere))| {
                wrap(event, events.len() - 1 - index, times.map(|times| times[index]), elsewhere)
            })
            .collect();
        let sent = sent.map_err(Failure::Refused)?;
        let name = names::of_stream(self.node.log_name(), stream);
        let expected = match expected {
            0 => ExpectedRevision::NoStream,
            sequence => ExpectedRevision::Exact(sequence - 1),
        };
        let patience = self.node.patience;
        let options = AppendToStreamOptions::default().expected_revision(expected).deadline(patience);
        let options = self.node.signed(options);
        self.node
            .ask(|client| {
                let (sent, name, options) = (sent.clone(), name.as_str(), &options);
                async move { in_time(patience, client.append_to_stream(name, options, sent)).await.map(|_| ()) }
            })
            .await
    }

    /// Where the index sees the last event. What the server answers to a repetition need not say it.
    async fn receipt(&self, stream: &StreamId, sequence: u64) -> Result<Receipt, LogError> {
        let mut progress = self.reader.follower.progress.subscribe();
        let deadline = Instant::now() + self.node.patience / 2;
        loop {
            progress.mark_unchanged();
            if let Some(row) = self.reader.index.in_stream(stream, sequence)? {
                return Ok(Receipt { position: row.position, sequence });
            }
            if !matches!(timeout_at(deadline, progress.changed()).await, Ok(Ok(()))) {
                break;
            }
        }
        // The subscription may be dead; this finds out.
        let in_doubt = |why: String| LogError::InDoubt(format!("event {sequence} of {stream} was written, but: {why}"));
        self.reader.settle().await.map_err(|error| in_doubt(error.to_string()))?;
        let row = self.reader.index.in_stream(stream, sequence)?;
        let row = row.ok_or_else(|| in_doubt(format!("{} does not have it", self.node.place())))?;
        Ok(Receipt { position: row.position, sequence })
    }
}
