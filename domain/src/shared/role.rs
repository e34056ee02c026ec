//! Roles on a resource.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};
use thiserror::Error;

/// What a collaborator may do, weakest first (the matrix is in `docs/permissions.txt`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AsRefStr, EnumString, EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Sees and downloads.
    Reader,
    /// Adds: uploads files and creates features.
    Reporter,
    /// Changes and deletes files and features.
    Editor,
    /// Manages collaborators and settings.
    Manager,
    /// May do everything, as the owner.
    Admin,
}

/// A role that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected one of the roles reader, reporter, editor, manager, admin, found {0:?}")]
pub struct NotARole(pub String);

impl Role {
    /// Reads a role as clients write it.
    pub fn parse(text: &str) -> Result<Self, NotARole> {
        text.parse().map_err(|_| NotARole(text.chars().take(100).collect()))
    }
}
