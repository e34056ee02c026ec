//! Who asks.

use fieldlog_domain::provenance::Actor;
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, CorrelationId, EventId, SessionId};
use uuid::Uuid;

/// Who asks, with which program, as part of which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The person, when somebody is logged in.
    pub account: Option<AccountId>,
    /// The session, when somebody is logged in.
    pub session: Option<SessionId>,
    /// Whether the person administers the server.
    pub is_admin: bool,
    /// The program.
    pub client: ClientType,
    /// The request.
    pub correlation_id: CorrelationId,
    /// As events name it.
    pub actor: Actor,
    /// The event that made a policy or a worker act, if one did.
    pub causation_id: Option<EventId>,
}

impl Viewer {
    /// Somebody who is not logged in.
    pub fn anonymous(client: ClientType) -> Self {
        Self::of(Actor::Anonymous, client)
    }

    /// A person who is logged in.
    pub fn person(account: AccountId, session: SessionId, is_admin: bool, client: ClientType) -> Self {
        Self { account: Some(account), session: Some(session), is_admin, ..Self::of(Actor::Account(account), client) }
    }

    /// Whoever runs the `fieldlog` command on the server's machine.
    pub fn operator() -> Self {
        Self::of(Actor::Operator, ClientType::Fieldlog)
    }

    /// Fieldlog itself: a policy or a worker, made to act by an event.
    pub fn system(causation_id: Option<EventId>) -> Self {
        Self { causation_id, ..Self::of(Actor::System, ClientType::Fieldlog) }
    }

    /// The same in the name of whoever did what made it act.
    #[must_use]
    pub fn in_the_name_of(self, actor: Actor) -> Self {
        Self { account: actor.account(), actor, ..self }
    }

    /// The same, as part of this request.
    #[must_use]
    pub fn with_correlation(mut self, correlation_id: CorrelationId) -> Self {
        self.correlation_id = correlation_id;
        self
    }

    fn of(actor: Actor, client: ClientType) -> Self {
        Self {
            account: None,
            session: None,
            is_admin: false,
            client,
            correlation_id: CorrelationId(Uuid::now_v7()),
            actor,
            causation_id: None,
        }
    }
}
