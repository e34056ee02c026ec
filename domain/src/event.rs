//! The sum of all aggregates' events, and how one is read from the log.

use cqrs_es::DomainEvent;
use serde_json::Value;
use thiserror::Error;

use crate::account::AccountEvent;
use crate::file::FileEvent;
use crate::job::JobEvent;
use crate::name_claim::NameClaimEvent;
use crate::resource::ResourceEvent;
use crate::session::SessionEvent;
use crate::stream::StreamKind;
use crate::upcast;

/// Any event of Fieldlog.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Of an account.
    Account(AccountEvent),
    /// Of a session.
    Session(SessionEvent),
    /// Of a name.
    NameClaim(NameClaimEvent),
    /// Of a resource.
    Resource(ResourceEvent),
    /// Of a file.
    File(FileEvent),
    /// Of a job.
    Job(JobEvent),
}

/// An event this program cannot read: it was written by a newer one, or it is damaged.
#[derive(Debug, Error)]
#[error("cannot read an event {event_type} {event_version} of a {kind:?} stream: {source}", kind = .stream_kind.as_ref())]
pub struct UnreadableEvent {
    stream_kind: StreamKind,
    event_type: String,
    event_version: String,
    source: serde_json::Error,
}

impl Event {
    /// Reads an event as it was written, whatever version its shape has.
    ///
    /// This is the only way from the log to an [`Event`]: live, replay and export all upcast here.
    pub fn read(kind: StreamKind, event_type: &str, event_version: &str, payload: &str) -> Result<Self, UnreadableEvent> {
        let decoded = match upcast::needed(event_type, event_version) {
            false => Self::decode(kind, payload),
            true => serde_json::from_str::<Value>(payload)
                .and_then(|old| Self::decode(kind, &upcast::apply(event_type, event_version, old).to_string())),
        };
        decoded.map_err(|source| UnreadableEvent {
            stream_kind: kind,
            event_type: event_type.to_owned(),
            event_version: event_version.to_owned(),
            source,
        })
    }

    fn decode(kind: StreamKind, payload: &str) -> serde_json::Result<Self> {
        match kind {
            StreamKind::Account => serde_json::from_str(payload).map(Self::Account),
            StreamKind::Session => serde_json::from_str(payload).map(Self::Session),
            StreamKind::NameClaim => serde_json::from_str(payload).map(Self::NameClaim),
            StreamKind::Resource => serde_json::from_str(payload).map(Self::Resource),
            StreamKind::File => serde_json::from_str(payload).map(Self::File),
            StreamKind::Job => serde_json::from_str(payload).map(Self::Job),
        }
    }

    /// The kind of stream it belongs to.
    pub fn stream_kind(&self) -> StreamKind {
        match self {
            Self::Account(_) => StreamKind::Account,
            Self::Session(_) => StreamKind::Session,
            Self::NameClaim(_) => StreamKind::NameClaim,
            Self::Resource(_) => StreamKind::Resource,
            Self::File(_) => StreamKind::File,
            Self::Job(_) => StreamKind::Job,
        }
    }

    /// Wire name.
    pub fn event_type(&self) -> String {
        match self {
            Self::Account(event) => event.event_type(),
            Self::Session(event) => event.event_type(),
            Self::NameClaim(event) => event.event_type(),
            Self::Resource(event) => event.event_type(),
            Self::File(event) => event.event_type(),
            Self::Job(event) => event.event_type(),
        }
    }
}
