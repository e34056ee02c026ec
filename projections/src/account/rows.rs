//! What is known of accounts.

use chrono::{DateTime, Utc};
use fieldlog_domain::account::{AccountKind, Avatar, MemberRole, PlanCode, SubscriptionStatus};
use fieldlog_domain::shared::{AccountName, Role};
use fieldlog_domain::{AccountId, Sealed, TeamId};

/// A person or an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Which one.
    pub id: AccountId,
    /// Person or organization.
    pub kind: AccountKind,
    /// Public name.
    pub name: AccountName,
    /// Whose organization it is; none for persons.
    pub owner: Option<AccountId>,
    /// Whether the person administers the server.
    pub is_admin: bool,
    /// Whether nobody can use it for now.
    pub is_disabled: bool,
    /// Whether the person was forgotten.
    pub is_erased: bool,
    /// Mail and names, sealed.
    pub profile: Option<Sealed>,
    /// The password hash, sealed.
    pub password_hash: Option<Sealed>,
    /// What members without a role of their own may do on the organization's resources.
    pub default_role: Option<Role>,
    /// Its picture.
    pub avatar: Option<AvatarRow>,
    /// When it came to be.
    pub registered_at: DateTime<Utc>,
    /// Which plan it was put on; none: the one that the server gives to everybody.
    pub subscription: Option<SubscriptionRow>,
    /// A number of its own, for clients that want numbers: the position of its registration.
    pub number: u64,
}

/// The picture of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarRow {
    /// Its blob and what it is.
    pub picture: Avatar,
    /// Since when the account has it.
    pub set_at: DateTime<Utc>,
}

/// Which plan an account was put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The plan's code; the plan may be gone from the server's configuration.
    pub plan: PlanCode,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Since when it stands so.
    pub since: DateTime<Utc>,
    /// When it ends; none: never.
    pub until: Option<DateTime<Utc>>,
}

/// Somebody who belongs to an organization; its owner is none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The organization.
    pub organization: AccountId,
    /// The person.
    pub member: AccountId,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// Whether everybody may see it.
    pub is_public: bool,
}

/// How somebody belongs to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// It is theirs.
    Owner,
    /// They belong to it.
    Member(MemberRole),
}

/// An organization somebody belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrganizationOf {
    /// The organization.
    pub organization: AccountId,
    /// How they belong to it.
    pub membership: Membership,
}

/// A team of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    /// Which one.
    pub id: TeamId,
    /// Whose.
    pub organization: AccountId,
    /// Its name, unique in the organization.
    pub name: AccountName,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMemberRow {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub member: AccountId,
    /// Since when.
    pub added_at: DateTime<Utc>,
}
