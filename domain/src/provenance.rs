//! Who did it, with which client, caused by what: the metadata of every event.

use serde::{Deserialize, Serialize};

use crate::shared::ClientType;
use crate::shared::ids::{AccountId, CommandId, CorrelationId, EventId, ResourceId};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// Somebody who is not logged in.
    Anonymous,
    /// A person with a session.
    Account(AccountId),
    /// Fieldlog itself: a policy or a worker.
    System,
    /// Whoever runs the `fieldlog` command on the server's machine.
    Operator,
}

impl Actor {
    /// The account, when a person acts.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Anonymous | Self::System | Self::Operator => None,
        }
    }
}

/// Stored beside every event, the same for all events of one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Who acts.
    pub actor: Actor,
    /// The program they used.
    pub client: ClientType,
    /// The command this event came from.
    pub command_id: CommandId,
    /// Ties together everything one request set off; shown to clients as the request id.
    pub correlation_id: CorrelationId,
    /// The event that made a policy or a worker act, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The resource it is about, whatever the stream, so that a history can be filtered without knowing any event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
}
