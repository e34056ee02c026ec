//! What can happen to a secret.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString, IntoStaticStr};
use uuid::Uuid;

use super::SecretName;
use crate::Sealed;
use crate::aggregate::domain_event;
use crate::shared::ids::{AccountId, ResourceId};

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SecretKind {
    /// An environment variable that bears the secret's name.
    Envvar,
    /// A section of the connection service file of PostgreSQL.
    Pgservice,
}

/// Whose jobs see a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum SecretHolder {
    /// The jobs of this project.
    Project(ResourceId),
    /// The jobs of all projects of this organization.
    Organization(AccountId),
}

impl SecretHolder {
    /// The id of the project or the organization.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Project(project) => project.uuid(),
            Self::Organization(organization) => organization.uuid(),
        }
    }
}

/// The life of a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SecretEvent {
    /// The secret has this value from now on. The key of the value before is destroyed.
    SecretSet {
        /// Whose jobs see it.
        holder: SecretHolder,
        /// Its name.
        name: SecretName,
        /// What it is for.
        kind: SecretKind,
        /// The person whose jobs alone see it; none: everybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assigned_to: Option<AccountId>,
        /// The value.
        value: Sealed,
    },
    /// No job sees it any more. The key of its value is destroyed.
    SecretRemoved {},
}

impl SecretEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::SecretSet { .. } | Self::SecretRemoved {} => "1.0.0",
        }
    }
}

domain_event!(SecretEvent);
