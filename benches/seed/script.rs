//! Appends in the order in which somebody made them.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{CommandId, CorrelationId, EventId, ResourceId, StreamId};
use fieldlog_eventlog::{EventLog, NewEvent};

/// One stream of a story: its aggregate and where it is.
pub struct Told<A> {
    stream: StreamId,
    sequence: u64,
    state: A,
}

impl<A: Aggregate> Told<A> {
    pub fn new(stream: StreamId) -> Self {
        Self { stream, sequence: 0, state: A::default() }
    }

    /// Whether it is this stream.
    pub fn is(&self, stream: &StreamId) -> bool {
        self.stream == *stream
    }
}

struct Append {
    stream: StreamId,
    expected: u64,
    events: Vec<NewEvent>,
}

/// What happens in a story, in order.
pub struct Script {
    pub actor: Actor,
    pub resource: Option<ResourceId>,
    command: CommandId,
    step: u64,
    appends: Vec<Append>,
    events: u64,
}

impl Script {
    pub fn new(actor: Actor, command: CommandId) -> Self {
        Self { actor, resource: None, command, step: 0, appends: Vec::new(), events: 0 }
    }

    /// How many events it has so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The next command's id, for ids derived from it.
    pub fn next_command(&self) -> CommandId {
        CommandId(self.command.derive(None, &self.step.to_string()))
    }

    /// Lets the aggregate decide; it may not refuse. The answer is the id of its first event.
    pub async fn tell<A: Aggregate<Services = ()>>(&mut self, told: &mut Told<A>, command: A::Command) -> EventId {
        let id = self.next_command();
        self.step += 1;
        let sink = EventSink::default();
        told.state.handle(command, &(), &sink).await.expect("a story keeps the rules");
        let decided = sink.collect().await;
        assert!(!decided.is_empty(), "something happens in every step of a story about {}", told.stream);
        let events: Vec<_> =
            decided.iter().enumerate().map(|(index, event)| self.new_event(id, &told.stream, index, event)).collect();
        let first = events[0].event_id;
        let expected = told.sequence;
        told.sequence += events.len() as u64;
        self.events += events.len() as u64;
        self.appends.push(Append { stream: told.stream.clone(), expected, events });
        first
    }

    fn new_event<E: DomainEvent>(&self, id: CommandId, stream: &StreamId, index: usize, event: &E) -> NewEvent {
        NewEvent {
            event_id: EventId(id.derive(self.actor.account(), &format!("{stream}/{index}"))),
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: serde_json::to_string(event).expect("an event is JSON"),
            metadata: Metadata {
                actor: self.actor,
                client: if self.actor == Actor::System { ClientType::Fieldlog } else { ClientType::Qfield },
                command_id: id,
                correlation_id: CorrelationId(self.command.0),
                causation_id: None,
                resource: self.resource,
            },
        }
    }

    pub async fn append_to(self, log: &dyn EventLog) {
        for append in self.appends {
            log.append(&append.stream, append.expected, append.events).await.expect("an append of a story succeeds");
        }
    }
}
