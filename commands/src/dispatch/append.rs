//! Attaches provenance and appends.

use std::time::Duration;

use cqrs_es::DomainEvent;
use fieldlog_domain::provenance::Metadata;
use fieldlog_domain::{EventId, StreamId};
use fieldlog_eventlog::{AppendError, LogError, NewEvent, Receipt};

use super::{Dispatch, HotAggregate};

/// How often an append that nobody knows the end of is repeated.
const REPEATS: u32 = 4;

impl Dispatch<'_> {
    /// The id of the command's event with this place in this stream.
    pub(super) fn event_id(&self, stream: &StreamId, index: usize) -> EventId {
        EventId(self.derive(&format!("{stream}/{}{index}", self.step)))
    }

    pub(super) async fn append<A: HotAggregate>(
        &self,
        stream: &StreamId,
        expected: u64,
        events: Vec<A::Event>,
    ) -> Result<Receipt, AppendError> {
        let count = events.len() as u64;
        let mut events = self.with_provenance::<A>(stream, events)?;
        for repeat in 1..=REPEATS {
            match self.app.log().append(stream, expected, events.clone()).await {
                // The same ids again: the log tells whether they were written.
                Err(AppendError::Log(LogError::InDoubt(_))) => {
                    tokio::time::sleep(Duration::from_millis(20) * repeat * repeat).await;
                }
                answer => return counted::<A>(answer, count),
            }
        }
        counted::<A>(self.app.log().append(stream, expected, std::mem::take(&mut events)).await, count)
    }

    fn with_provenance<A: HotAggregate>(
        &self,
        stream: &StreamId,
        events: Vec<A::Event>,
    ) -> Result<Vec<NewEvent>, LogError> {
        let metadata = Metadata {
            actor: self.viewer.actor,
            client: self.viewer.client,
            command_id: self.id,
            correlation_id: self.viewer.correlation_id,
            causation_id: self.viewer.causation_id,
            resource: self.resource,
        };
        let new_event = |(index, event): (usize, A::Event)| {
            let payload = serde_json::to_string(&event)
                .map_err(|error| LogError::Damaged(format!("{} cannot be written: {error}", event.event_type())))?;
            Ok(NewEvent {
                event_id: self.event_id(stream, index),
                event_type: event.event_type(),
                event_version: event.event_version(),
                payload,
                metadata: metadata.clone(),
            })
        };
        events.into_iter().enumerate().map(new_event).collect()
    }
}

fn counted<A: HotAggregate>(answer: Result<Receipt, AppendError>, count: u64) -> Result<Receipt, AppendError> {
    match &answer {
        Ok(_) => metrics::counter!("fieldlog_appended_events_total", "stream" => A::TYPE).increment(count),
        Err(AppendError::Conflict { .. }) => {
            metrics::counter!("fieldlog_append_conflicts_total", "stream" => A::TYPE).increment(1)
        }
        Err(AppendError::Log(_)) => {
            metrics::counter!("fieldlog_append_failures_total", "stream" => A::TYPE).increment(1)
        }
    }
    answer
}
