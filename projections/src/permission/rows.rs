//! What is known of permissions.

use chrono::{DateTime, Utc};
use fieldlog_domain::AccountId;
use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::shared::Role;
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};

/// Why somebody has a role, highest rank first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AsRefStr, EnumString, EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RoleOrigin {
    /// The resource is theirs.
    ProjectOwner,
    /// The organization that owns it is theirs.
    OrganizationOwner,
    /// They administer the organization that owns it.
    OrganizationAdmin,
    /// They were made a collaborator.
    Collaborator,
    /// A team they are in was made a collaborator.
    TeamMember,
    /// They belong to the organization that owns it, and it gives its members a role.
    OrganizationMember,
    /// Everybody sees it.
    Public,
}

/// What somebody may do, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleOf {
    /// What they may do.
    pub role: Role,
    /// Why.
    pub origin: RoleOrigin,
}

/// How somebody stands to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// What they may do, if anything.
    pub role: Option<RoleOf>,
    /// Whether it is out of the lists.
    pub is_retired: bool,
}

/// Somebody who works on a resource that is not theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollaboratorRow {
    /// A person or a team.
    pub collaborator: Collaborator,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// Who added them; none when nobody in particular did.
    pub added_by: Option<AccountId>,
    /// When their role was given.
    pub changed_at: DateTime<Utc>,
    /// Who gave it.
    pub changed_by: Option<AccountId>,
}

/// Among which resources is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those on which the account has a role for another reason than that everybody sees them.
    AccessibleTo(AccountId),
    /// Those that everybody sees.
    Public,
    /// All there are; for administrators and for Fieldlog itself.
    All,
}
