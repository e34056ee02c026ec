//! What can happen to an account.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString, IntoStaticStr};

use super::{PlanCode, SubscriptionStatus};
use crate::aggregate::domain_event;
use crate::shared::ids::{AccountId, TeamId};
use crate::shared::{AccountName, Role};
use crate::{Sealed, Sha256Digest};

/// Person or organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, AsRefStr, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AccountKind {
    /// Logs in.
    #[default]
    Person,
    /// Has members who act for it.
    Organization,
}

/// What a member may do in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MemberRole {
    /// Manages members, teams and all projects.
    Admin,
    /// May create projects in it.
    Creator,
    /// Belongs to it.
    Member,
}

/// A picture of a person or an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avatar {
    /// The picture's blob, which is removed from storage when the account is erased or has another picture.
    pub digest: Sha256Digest,
    /// `image/png` …
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// The life of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AccountEvent {
    /// A person or an organization came to be. `owner` is the person an organization belongs to.
    AccountRegistered {
        /// Public name.
        name: AccountName,
        /// Person or organization.
        kind: AccountKind,
        /// Whose organization it is; none for persons.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<AccountId>,
    },
    /// A registration broke off after its name was claimed; it can never be completed, so the name is free again.
    AccountAbandoned {},
    /// Mail and names, sealed as one JSON object. Replaces the profile before.
    ProfileSealed {
        /// `{"email": …, "first_name": …, "last_name": …}`.
        profile: Sealed,
        /// Keyed digest of the mail address in lower case, to find an account by its mail.
        email_index: String,
    },
    /// The account has a picture from now on. Replaces the one before.
    AvatarSet {
        /// The picture.
        avatar: Avatar,
    },
    /// The account has no picture any more.
    AvatarRemoved {},
    /// A password was set. Replaces the credential before, whose key is destroyed.
    CredentialSet {
        /// The argon2id hash in PHC format.
        password_hash: Sealed,
    },
    /// A mail with a link was asked for, with which a new password can be set once. The link is void after `expires_at`, and as
    /// soon as another password or another profile is there.
    PasswordResetRequested {
        /// SHA-256 of the token in the link.
        token_digest: Sha256Digest,
        /// After this the link is worth nothing.
        expires_at: DateTime<Utc>,
    },
    /// The person may administer the server.
    AdminGranted {},
    /// The person may no longer administer the server.
    AdminRevoked {},
    /// Nobody can log in with the account until it is enabled.
    AccountDisabled {},
    /// The account can be used again.
    AccountEnabled {},
    /// The person asked to be forgotten: their data keys are destroyed. The account stays as a name in the history.
    AccountErased {},
    /// The account is on this plan from now on; before the first of these it is on the one that the server gives to everybody.
    SubscriptionSet {
        /// The plan; what it allows is up to the server's configuration.
        plan: PlanCode,
        /// How it stands.
        status: SubscriptionStatus,
        /// When it ends; none: never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// A person belongs to the organization from now on.
    MemberAdded {
        /// The person.
        member: AccountId,
        /// What they may do.
        role: MemberRole,
    },
    /// A member may do something else from now on; `role` is the new one.
    MemberRoleChanged {
        /// The person.
        member: AccountId,
        /// What they may do.
        role: MemberRole,
    },
    /// Everybody may see that a person belongs to the organization, or no longer.
    MembershipVisibilityChanged {
        /// The person.
        member: AccountId,
        /// Whether everybody may see it.
        is_public: bool,
    },
    /// A person no longer belongs to the organization or any of its teams.
    MemberRemoved {
        /// The person.
        member: AccountId,
    },
    /// Members without a role of their own have this role on the organization's projects; none: no role.
    DefaultProjectRoleSet {
        /// The role.
        role: Option<Role>,
    },
    /// The organization has a new team.
    TeamCreated {
        /// The team.
        team: TeamId,
        /// Its name, unique in the organization whatever the case.
        name: AccountName,
    },
    /// A team has another name.
    TeamRenamed {
        /// The team.
        team: TeamId,
        /// Its name from now on.
        name: AccountName,
    },
    /// A team is gone.
    TeamDeleted {
        /// The team.
        team: TeamId,
    },
    /// A member joined a team.
    TeamMemberAdded {
        /// The team.
        team: TeamId,
        /// The person.
        member: AccountId,
    },
    /// A member left a team.
    TeamMemberRemoved {
        /// The team.
        team: TeamId,
        /// The person.
        member: AccountId,
    },
}

impl AccountEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::AccountRegistered { .. }
            | Self::AccountAbandoned {}
            | Self::ProfileSealed { .. }
            | Self::AvatarSet { .. }
            | Self::AvatarRemoved {}
            | Self::CredentialSet { .. }
            | Self::PasswordResetRequested { .. }
            | Self::AdminGranted {}
            | Self::AdminRevoked {}
            | Self::AccountDisabled {}
            | Self::AccountEnabled {}
            | Self::AccountErased {}
            | Self::SubscriptionSet { .. }
            | Self::MemberAdded { .. }
            | Self::MemberRoleChanged { .. }
            | Self::MembershipVisibilityChanged { .. }
            | Self::MemberRemoved { .. }
            | Self::DefaultProjectRoleSet { .. }
            | Self::TeamCreated { .. }
            | Self::TeamRenamed { .. }
            | Self::TeamDeleted { .. }
            | Self::TeamMemberAdded { .. }
            | Self::TeamMemberRemoved { .. } => "1.0.0",
        }
    }
}

domain_event!(AccountEvent);
