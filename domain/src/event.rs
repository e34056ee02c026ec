//! The sum of all aggregates' events, and how one is read from the log.

use thiserror::Error;

use crate::account::AccountEvent;
use crate::change_set::ChangeSetEvent;
use crate::file::FileEvent;
use crate::job::JobEvent;
use crate::name_claim::NameClaimEvent;
use crate::resource::ResourceEvent;
use crate::secret::SecretEvent;
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
    /// Of a change set.
    ChangeSet(ChangeSetEvent),
    /// Of a secret.
    Secret(SecretEvent),
}

/// An event this program cannot read: it was written by a newer one, or it is damaged.
#[derive(Debug, Error)]
#[error("cannot read an event {event_type} {event_version} of a {kind:?} stream: {why}", kind = .stream_kind.as_ref())]
pub struct UnreadableEvent {
    stream_kind: StreamKind,
    event_type: String,
    event_version: String,
    why: Unreadable,
}

#[derive(Debug, Error)]
enum Unreadable {
    #[error(transparent)]
    Payload(#[from] serde_json::Error),
    #[error("the payload is a {0}")]
    Type(&'static str),
    #[error("this program knows version {0}")]
    Version(&'static str),
}

impl Event {
    /// Reads an event as it was written, whatever version its shape has.
    ///
    /// This is the only way from the log to an [`Event`]: live, replay and export all upcast here.
    pub fn read(
        kind: StreamKind,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<Self, UnreadableEvent> {
        Self::upcast(kind, event_type, event_version, payload).map_err(|why| UnreadableEvent {
            stream_kind: kind,
            event_type: event_type.to_owned(),
            event_version: event_version.to_owned(),
            why,
        })
    }

    fn upcast(kind: StreamKind, event_type: &str, event_version: &str, payload: &str) -> Result<Self, Unreadable> {
        let (version, event) = match upcast::needed(event_type, event_version) {
            false => (event_version, Self::decode(kind, payload)?),
            true => {
                let (version, payload) = upcast::apply(event_type, event_version, serde_json::from_str(payload)?);
                (version, Self::decode(kind, &payload.to_string())?)
            }
        };
        if event.name() != event_type {
            return Err(Unreadable::Type(event.name()));
        }
        // A newer program's shape may fit by accident and mean something else.
        if event.event_version() != version {
            return Err(Unreadable::Version(event.event_version()));
        }
        Ok(event)
    }

    fn decode(kind: StreamKind, payload: &str) -> serde_json::Result<Self> {
        match kind {
            StreamKind::Account => serde_json::from_str(payload).map(Self::Account),
            StreamKind::Session => serde_json::from_str(payload).map(Self::Session),
            StreamKind::NameClaim => serde_json::from_str(payload).map(Self::NameClaim),
            StreamKind::Resource => serde_json::from_str(payload).map(Self::Resource),
            StreamKind::File => serde_json::from_str(payload).map(Self::File),
            StreamKind::Job => serde_json::from_str(payload).map(Self::Job),
            StreamKind::ChangeSet => serde_json::from_str(payload).map(Self::ChangeSet),
            StreamKind::Secret => serde_json::from_str(payload).map(Self::Secret),
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
            Self::ChangeSet(_) => StreamKind::ChangeSet,
            Self::Secret(_) => StreamKind::Secret,
        }
    }

    /// Wire name.
    pub fn event_type(&self) -> String {
        self.name().to_owned()
    }

    /// The version of the shape in which this event is written.
    pub fn event_version(&self) -> &'static str {
        match self {
            Self::Account(event) => event.version(),
            Self::Session(event) => event.version(),
            Self::NameClaim(event) => event.version(),
            Self::Resource(event) => event.version(),
            Self::File(event) => event.version(),
            Self::Job(event) => event.version(),
            Self::ChangeSet(event) => event.version(),
            Self::Secret(event) => event.version(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Account(event) => event.into(),
            Self::Session(event) => event.into(),
            Self::NameClaim(event) => event.into(),
            Self::Resource(event) => event.into(),
            Self::File(event) => event.into(),
            Self::Job(event) => event.into(),
            Self::ChangeSet(event) => event.into(),
            Self::Secret(event) => event.into(),
        }
    }
}
