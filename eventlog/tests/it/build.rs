//! Short builders for events and their provenance.

use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, CommandId, CorrelationId, EventId, StreamId, StreamKind};
use fieldlog_eventlog::NewEvent;
use uuid::Uuid;

pub fn metadata() -> Metadata {
    Metadata {
        actor: Actor::Account(AccountId(Uuid::new_v4())),
        client: ClientType::Qfield,
        command_id: CommandId(Uuid::new_v4()),
        correlation_id: CorrelationId(Uuid::new_v4()),
        causation_id: None,
        resource: None,
    }
}

pub fn event(payload: impl Into<String>) -> NewEvent {
    NewEvent {
        event_id: EventId(Uuid::now_v7()),
        event_type: "something_happened".to_owned(),
        event_version: "1.0.0".to_owned(),
        payload: payload.into(),
        metadata: metadata(),
    }
}

pub fn numbered(number: usize) -> NewEvent {
    event(format!(r#"{{"number":{number}}}"#))
}

pub fn several(count: usize) -> Vec<NewEvent> {
    (0..count).map(numbered).collect()
}

pub fn stream() -> StreamId {
    StreamId::new(StreamKind::Resource, Uuid::new_v4())
}

pub fn named(name: &str) -> StreamId {
    StreamId::new(StreamKind::NameClaim, name)
}
