//! From commands to events in the log.

use std::sync::Arc;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_eventlog::{EventLog, NewEvent, Receipt};
use futures::executor::block_on;
use tokio::task::unconstrained;

use super::*;

/// The events of one command, ready to be appended.
#[derive(Debug, Clone)]
pub struct Appended {
    pub stream: StreamId,
    pub expected: u64,
    pub events: Vec<NewEvent>,
    /// The same events, as a test thinks of them.
    pub happened: Vec<Event>,
}

impl Simulation {
    pub(super) fn claim(&mut self, name: ClaimedName, holder: StreamId) {
        let mut known = self.names.remove(&name.to_string()).unwrap_or_default();
        let events = decide(&mut known.state, NameClaimCommand::Claim { holder });
        self.append(name.stream(), &mut known.sequence, None, events, Event::NameClaim);
        self.names.insert(name.to_string(), known);
    }

    pub(super) fn of_account(&mut self, id: AccountId, command: AccountCommand) -> Option<()> {
        let mut known = self.accounts.remove(&id).unwrap_or_default();
        let events = decide(&mut known.state, command);
        let done =
            self.append(StreamId::new(StreamKind::Account, id), &mut known.sequence, None, events, Event::Account);
        self.accounts.insert(id, known);
        done
    }

    pub(super) fn of_session(&mut self, id: SessionId, command: SessionCommand) -> Option<()> {
        let mut known = self.sessions.remove(&id).unwrap_or_default();
        let events = decide(&mut known.state, command);
        let done =
            self.append(StreamId::new(StreamKind::Session, id), &mut known.sequence, None, events, Event::Session);
        self.sessions.insert(id, known);
        done
    }

    pub(super) fn of_resource(&mut self, id: ResourceId, command: ResourceCommand) -> Option<()> {
        let mut known = self.resources.remove(&id).unwrap_or_default();
        let events = decide(&mut known.state, command);
        let stream = StreamId::new(StreamKind::Resource, id);
        let done = self.append(stream, &mut known.sequence, Some(id), events, Event::Resource);
        self.resources.insert(id, known);
        done
    }

    pub(super) fn of_file(&mut self, resource: ResourceId, path: &FilePath, command: FileCommand) -> Option<()> {
        let id = FileId::of(resource, path);
        let mut known = self.files.remove(&id).unwrap_or_default();
        let events = decide(&mut known.state, command);
        let stream = StreamId::new(StreamKind::File, id);
        let done = self.append(stream, &mut known.sequence, Some(resource), events, Event::File);
        self.files.insert(id, known);
        done
    }

    pub(super) fn of_job(&mut self, id: JobId, resource: ResourceId, command: JobCommand) -> Option<()> {
        let mut known = self.jobs.remove(&id).unwrap_or_default();
        let events = decide(&mut known.state, command);
        let done =
            self.append(StreamId::new(StreamKind::Job, id), &mut known.sequence, Some(resource), events, Event::Job);
        self.jobs.insert(id, known);
        done
    }

    /// None when nothing happened.
    fn append<E: DomainEvent>(
        &mut self,
        stream: StreamId,
        sequence: &mut u64,
        resource: Option<ResourceId>,
        events: Vec<E>,
        event: fn(E) -> Event,
    ) -> Option<()> {
        if events.is_empty() {
            return None;
        }
        let actor = match self.made % 3 {
            0 => Actor::System,
            _ => self.persons.first().copied().map_or(Actor::Anonymous, Actor::Account),
        };
        let metadata = Metadata {
            actor,
            client: ClientType::Browser,
            command_id: self.uuid().into(),
            correlation_id: self.uuid().into(),
            causation_id: None,
            resource,
        };
        let expected = *sequence;
        *sequence += events.len() as u64;
        let new = events.iter().map(|it| new_event(self.uuid().into(), it, metadata.clone())).collect();
        self.appended.push(Appended {
            stream,
            expected,
            events: new,
            happened: events.into_iter().map(event).collect(),
        });
        Some(())
    }
}

/// An event as it is appended.
pub fn new_event<E: DomainEvent>(event_id: EventId, event: &E, metadata: Metadata) -> NewEvent {
    NewEvent {
        event_id,
        event_type: event.event_type(),
        event_version: event.event_version(),
        payload: serde_json::to_string(event).unwrap(),
        metadata,
    }
}

fn decide<A: Aggregate<Services = ()>>(state: &mut A, command: A::Command) -> Vec<A::Event> {
    let sink = EventSink::default();
    // The sink's lock counts as work of the test's task, which never gets a new budget while it is in here.
    match block_on(unconstrained(state.handle(command, &(), &sink))) {
        Ok(()) => block_on(sink.collect()),
        Err(_) => vec![],
    }
}

/// As many as `join_all` begins in order.
const AT_A_TIME: usize = 30;

/// Appends what happened, many commands at a time but in order.
pub async fn append_all(log: &Arc<dyn EventLog>, appended: Vec<Appended>) -> Option<Receipt> {
    let mut last = None;
    for some in appended.chunks(AT_A_TIME) {
        let appends = some.iter().map(|it| log.append(&it.stream, it.expected, it.events.clone()));
        for receipt in futures::future::join_all(appends).await {
            last = Some(receipt.unwrap());
        }
    }
    last
}
