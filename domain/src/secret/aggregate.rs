//! The rules of a secret.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{SecretEvent, SecretHolder, SecretKind, SecretName};
use crate::Sealed;
use crate::aggregate::aggregate;
use crate::shared::ids::AccountId;

/// Give a secret a value; holder, name and person are those that its id is made of.
#[derive(Debug, Clone)]
pub struct SetSecret {
    /// Whose jobs see it.
    pub holder: SecretHolder,
    /// Its name.
    pub name: SecretName,
    /// What it is for.
    pub kind: SecretKind,
    /// The person whose jobs alone see it.
    pub assigned_to: Option<AccountId>,
    /// The value.
    pub value: Sealed,
}

/// Any command to a secret.
#[derive(Debug, Clone)]
pub enum SecretCommand {
    /// See [`SetSecret`].
    Set(SetSecret),
    /// Forget its value.
    Remove,
}

/// Why a secret refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SecretRefusal {
    /// Nobody ever set it.
    #[error("there is no such secret")]
    NoSuchSecret,
}

/// What decisions about a secret need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Secret {
    was_set: bool,
    kind: Option<SecretKind>,
    value: Option<Sealed>,
}

impl Secret {
    /// The sealed value, while there is one.
    pub fn value(&self) -> Option<&Sealed> {
        self.value.as_ref()
    }

    fn decide(&self, command: SecretCommand) -> Result<Vec<SecretEvent>, SecretRefusal> {
        match command {
            SecretCommand::Set(c) if (self.kind, self.value.as_ref()) == (Some(c.kind), Some(&c.value)) => Ok(vec![]),
            SecretCommand::Set(SetSecret { holder, name, kind, assigned_to, value }) => {
                Ok(vec![SecretEvent::SecretSet { holder, name, kind, assigned_to, value }])
            }
            SecretCommand::Remove if !self.was_set => Err(SecretRefusal::NoSuchSecret),
            SecretCommand::Remove if self.value.is_none() => Ok(vec![]),
            SecretCommand::Remove => Ok(vec![SecretEvent::SecretRemoved {}]),
        }
    }

    fn evolve(&mut self, event: SecretEvent) {
        match event {
            SecretEvent::SecretSet { kind, value, .. } => {
                *self = Self { was_set: true, kind: Some(kind), value: Some(value) };
            }
            SecretEvent::SecretRemoved {} => (self.kind, self.value) = (None, None),
        }
    }
}

aggregate!(Secret, "secret", SecretCommand, SecretEvent, SecretRefusal);
