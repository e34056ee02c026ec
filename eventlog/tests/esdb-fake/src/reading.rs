//! What a read or a subscription is answered with, message by message.

use std::collections::HashMap;

use tonic::Status;

use crate::store::{Record, State};
use crate::wire::event_store::client::streams::read_req::Options;
use crate::wire::event_store::client::streams::read_req::options::all_options::AllOption;
use crate::wire::event_store::client::streams::read_req::options::filter_options::{Expression, Filter, Window};
use crate::wire::event_store::client::streams::read_req::options::stream_options::RevisionOption;
use crate::wire::event_store::client::streams::read_req::options::{FilterOption, ReadDirection, StreamOptions};
use crate::wire::event_store::client::streams::read_resp::read_event::{Position, RecordedEvent};
use crate::wire::event_store::client::streams::read_resp::{Checkpoint, Content, ReadEvent, StreamNotFound};
use crate::wire::event_store::client::{StreamIdentifier, Uuid, uuid};

pub(crate) fn is_backwards(options: &Options) -> bool {
    options.read_direction == i32::from(ReadDirection::Backwards)
}

/// The answer to a read of a stream.
pub(crate) fn of_stream(
    state: &State,
    options: &Options,
    of: &StreamOptions,
    count: u64,
) -> Result<Vec<Content>, Status> {
    let identifier = of.stream_identifier.clone().unwrap_or_default();
    let name = String::from_utf8_lossy(&identifier.stream_name).into_owned();
    let missing = || vec![Content::StreamNotFound(StreamNotFound { stream_identifier: Some(identifier.clone()) })];
    let Some(stream) = state.streams.get(&name) else { return Ok(missing()) };
    if stream.is_tombstoned {
        return Err(deleted(&name));
    }
    let length = stream.records.len() as u64;
    let first = stream.first();
    if first >= length {
        return Ok(missing());
    }
    let places: Vec<u64> = match (&of.revision_option, is_backwards(options)) {
        (Some(RevisionOption::Revision(from)), false) => (first.max(*from)..length).collect(),
        (Some(RevisionOption::Revision(from)), true) => (first..length.min(from.saturating_add(1))).rev().collect(),
        (Some(RevisionOption::End(_)), true) => (first..length).rev().collect(),
        (Some(RevisionOption::End(_)), false) => Vec::new(),
        _ => (first..length).collect(),
    };
    let records = places.iter().map(|revision| &state.records[stream.records[*revision as usize]]);
    let mut answer: Vec<_> = records.take(usize::try_from(count).unwrap_or(usize::MAX)).map(event).collect();
    answer.push(Content::LastStreamPosition(length - 1));
    Ok(answer)
}

/// The answer to a read of `$all`.
pub(crate) fn of_all(
    state: &State,
    options: &Options,
    from: Option<&AllOption>,
    count: u64,
) -> Result<Vec<Content>, Status> {
    let records = state.records.iter().filter(|record| !record.is_scavenged);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let answer = match (from, is_backwards(options)) {
        (Some(AllOption::Position(at)), is_backwards) => {
            check(state, at.commit_position)?;
            if is_backwards {
                records.rev().filter(|record| record.position < at.commit_position).take(count).map(event).collect()
            } else {
                records.filter(|record| record.position >= at.commit_position).take(count).map(event).collect()
            }
        }
        (Some(AllOption::End(_)), true) => records.rev().take(count).map(event).collect(),
        (Some(AllOption::End(_)), false) => Vec::new(),
        (_, false) => records.take(count).map(event).collect(),
        (_, true) => Vec::new(),
    };
    Ok(answer)
}

/// A place where no record begins is no place to start from.
fn check(state: &State, position: u64) -> Result<(), Status> {
    let found = state.records.binary_search_by_key(&position, |record| record.position);
    found.map(|_| ()).map_err(|_| Status::unknown(format!("Log record at position {position}: invalid position")))
}

/// A subscription to `$all`, which goes on from where it is.
pub(crate) struct Subscription {
    next: usize,
    filter: Option<(Filter, u64)>,
    looked_at: u64,
}

impl Subscription {
    pub(crate) fn new(state: &State, options: &Options, from: Option<&AllOption>) -> Result<Self, Status> {
        let next = match from {
            Some(AllOption::Position(at)) => {
                check(state, at.commit_position)?;
                state.records.partition_point(|record| record.position <= at.commit_position)
            }
            Some(AllOption::End(_)) => state.records.len(),
            _ => 0,
        };
        let filter = match &options.filter_option {
            Some(FilterOption::Filter(options)) => {
                let every = match options.window {
                    Some(Window::Max(0)) => return Err(Status::invalid_argument("maxSearchWindow must be positive")),
                    Some(Window::Max(every)) => u64::from(every),
                    _ => 32,
                };
                let filter = options.filter.clone().ok_or_else(|| Status::invalid_argument("no filter"))?;
                Some((filter, every * u64::from(options.checkpoint_interval_multiplier.max(1))))
            }
            _ => None,
        };
        Ok(Self { next, filter, looked_at: 0 })
    }

    /// What there is now, at most `most` records of it; nothing at the end.
    pub(crate) fn go_on(&mut self, state: &State, most: usize) -> Vec<Content> {
        let mut answer = Vec::new();
        // A restored backup is shorter.
        self.next = self.next.min(state.records.len());
        for record in state.records[self.next..].iter().take(most) {
            self.next += 1;
            if record.is_scavenged {
                continue;
            }
            let Some((filter, every)) = &self.filter else {
                answer.push(event(record));
                continue;
            };
            self.looked_at += 1;
            if is_wanted(filter, record) {
                answer.push(event(record));
            }
            if self.looked_at.is_multiple_of(*every) {
                let position = record.position;
                answer.push(Content::Checkpoint(Checkpoint { commit_position: position, prepare_position: position }));
            }
        }
        answer
    }

    pub(crate) fn is_at_the_end(&self, state: &State) -> bool {
        self.next >= state.records.len()
    }
}

fn is_wanted(filter: &Filter, record: &Record) -> bool {
    let begins = |expression: &Expression, text: &str| {
        assert!(expression.regex.is_empty(), "the fake knows filters by prefix only");
        expression.prefix.iter().any(|prefix| text.starts_with(prefix))
    };
    match filter {
        Filter::StreamIdentifier(expression) => begins(expression, &record.stream),
        Filter::EventType(expression) => {
            begins(expression, record.event.metadata.get("type").map(String::as_str).unwrap_or_default())
        }
    }
}

fn event(record: &Record) -> Content {
    let mut metadata: HashMap<String, String> = record.event.metadata.clone();
    metadata.insert("created".to_owned(), record.created.to_string());
    let recorded = RecordedEvent {
        id: Some(Uuid { value: Some(uuid::Value::String(record.event.id.to_string())) }),
        stream_identifier: Some(StreamIdentifier { stream_name: record.stream.clone().into_bytes().into() }),
        stream_revision: record.revision,
        prepare_position: record.position,
        commit_position: record.position,
        metadata,
        custom_metadata: record.event.custom_metadata.clone().into(),
        data: record.event.data.clone().into(),
    };
    Content::Event(ReadEvent {
        event: Some(recorded),
        link: None,
        position: Some(Position::CommitPosition(record.position)),
    })
}

/// What a server says of a stream that was tombstoned.
pub(crate) fn deleted(name: &str) -> Status {
    let mut status = Status::failed_precondition(format!("Event stream '{name}' is deleted."));
    status.metadata_mut().insert("exception", "stream-deleted".parse().expect("it is ASCII"));
    status
}
