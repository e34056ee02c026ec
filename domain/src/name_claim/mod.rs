//! A name taken by someone. The stream's id is the name, so the log itself decides who was first.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::aggregate::{aggregate, domain_event};
use crate::shared::ids::AccountId;
use crate::shared::{AccountName, ResourceName};
use crate::stream::{StreamId, StreamKind};

/// A name that is unique in its space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ClaimedName {
    /// The name of an account, whatever the case.
    Account(AccountName),
    /// The mail address of a person, as the vault's keyed digest.
    EmailIndex(String),
    /// The name of a resource under its owner.
    Resource {
        /// Whose name space.
        owner: AccountId,
        /// The name; case counts.
        name: ResourceName,
    },
}

impl ClaimedName {
    /// The stream that decides about this name.
    pub fn stream(&self) -> StreamId {
        StreamId::new(StreamKind::NameClaim, self)
    }
}

impl fmt::Display for ClaimedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => write!(f, "account:{}", name.key()),
            Self::EmailIndex(index) => write!(f, "email:{index}"),
            Self::Resource { owner, name } => write!(f, "resource:{owner}:{name}"),
        }
    }
}

/// The life of a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NameClaimEvent {
    /// The name belongs to `holder` from now on.
    NameClaimed {
        /// The account or resource that bears the name.
        holder: StreamId,
    },
    /// The name is free again.
    NameReleased {
        /// Who bore it.
        holder: StreamId,
    },
}

impl NameClaimEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::NameClaimed { .. } | Self::NameReleased { .. } => "1.0.0",
        }
    }
}

domain_event!(NameClaimEvent);

/// What can be asked of a name.
#[derive(Debug, Clone)]
pub enum NameClaimCommand {
    /// Take it for `holder`.
    Claim {
        /// Who shall bear it.
        holder: StreamId,
    },
    /// Let it go, if `holder` bears it.
    Release {
        /// Who bears it.
        holder: StreamId,
    },
}

/// Why a name refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameClaimRefusal {
    /// Somebody else bears it. Whoever reads this may not learn who.
    #[error("the name is taken")]
    Taken {
        /// Who bears it.
        holder: StreamId,
    },
}

/// Who bears a name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NameClaim {
    holder: Option<StreamId>,
}

impl NameClaim {
    /// Who bears the name now.
    pub fn holder(&self) -> Option<&StreamId> {
        self.holder.as_ref()
    }

    fn decide(&self, command: NameClaimCommand) -> Result<Vec<NameClaimEvent>, NameClaimRefusal> {
        match (command, &self.holder) {
            (NameClaimCommand::Claim { holder }, None) => Ok(vec![NameClaimEvent::NameClaimed { holder }]),
            (NameClaimCommand::Claim { holder }, Some(current)) if holder == *current => Ok(vec![]),
            (NameClaimCommand::Claim { .. }, Some(current)) => Err(NameClaimRefusal::Taken { holder: current.clone() }),
            (NameClaimCommand::Release { holder }, Some(current)) if holder == *current => {
                Ok(vec![NameClaimEvent::NameReleased { holder }])
            }
            (NameClaimCommand::Release { .. }, _) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: NameClaimEvent) {
        match event {
            NameClaimEvent::NameClaimed { holder } => self.holder = Some(holder),
            NameClaimEvent::NameReleased { .. } => self.holder = None,
        }
    }
}

aggregate!(NameClaim, "name_claim", NameClaimCommand, NameClaimEvent, NameClaimRefusal);
