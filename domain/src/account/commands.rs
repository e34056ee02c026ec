//! What can be asked of an account.

use chrono::{DateTime, Utc};

use crate::shared::ids::{AccountId, TeamId};
use crate::shared::{AccountName, Role};
use crate::{Sealed, Sha256Digest};

use super::{AccountKind, Avatar, MemberRole, PlanCode, SubscriptionStatus};

/// Register a person or an organization; the name is claimed already.
#[derive(Debug, Clone)]
pub struct RegisterAccount {
    /// Public name.
    pub name: AccountName,
    /// Person or organization.
    pub kind: AccountKind,
    /// The person an organization belongs to.
    pub owner: Option<AccountId>,
    /// Mail and names and the mail's index, for persons.
    pub profile: Option<(Sealed, String)>,
    /// The password hash, for persons.
    pub password_hash: Option<Sealed>,
    /// Whether the person administers the server.
    pub is_admin: bool,
}

/// Any command to an account.
#[derive(Debug, Clone)]
pub enum AccountCommand {
    /// See [`RegisterAccount`].
    Register(RegisterAccount),
    /// Give up a registration that broke off.
    Abandon,
    /// Replace mail and names.
    SealProfile {
        /// Sealed JSON.
        profile: Sealed,
        /// The mail's index.
        email_index: String,
    },
    /// Give the account a picture in place of the one before.
    SetAvatar(Avatar),
    /// Take the picture away.
    RemoveAvatar,
    /// Replace the password.
    SetCredential {
        /// Sealed argon2id hash.
        password_hash: Sealed,
    },
    /// Let whoever has this token set a new password for a while.
    RequestPasswordReset {
        /// SHA-256 of the token.
        token_digest: Sha256Digest,
        /// The time.
        now: DateTime<Utc>,
        /// After this the token is worth nothing.
        expires_at: DateTime<Utc>,
    },
    /// Replace the password with such a token.
    ResetPassword {
        /// SHA-256 of the token.
        token_digest: Sha256Digest,
        /// The time.
        now: DateTime<Utc>,
        /// Sealed argon2id hash.
        password_hash: Sealed,
    },
    /// Let the person administer the server, or not.
    SetAdmin(bool),
    /// Disable or enable.
    SetDisabled(bool),
    /// Forget the person.
    Erase,
    /// Put the account on a plan.
    SetSubscription {
        /// The plan.
        plan: PlanCode,
        /// How it stands.
        status: SubscriptionStatus,
        /// When it ends; none: never.
        until: Option<DateTime<Utc>>,
    },
    /// Add a person to the organization.
    AddMember {
        /// The person.
        member: AccountId,
        /// What they may do.
        role: MemberRole,
        /// The most members that the organization's plan allows; none: any number.
        limit: Option<u32>,
    },
    /// Give a member another role.
    ChangeMemberRole {
        /// The person.
        member: AccountId,
        /// What they may do.
        role: MemberRole,
    },
    /// Let everybody see that a person belongs to the organization, or nobody.
    ChangeMembershipVisibility {
        /// The person.
        member: AccountId,
        /// Whether everybody may see it.
        is_public: bool,
    },
    /// Remove a person from the organization.
    RemoveMember {
        /// The person.
        member: AccountId,
    },
    /// What members without a role of their own may do on projects.
    SetDefaultProjectRole(Option<Role>),
    /// Create a team.
    CreateTeam {
        /// The team.
        team: TeamId,
        /// Its name.
        name: AccountName,
    },
    /// Give a team another name.
    RenameTeam {
        /// The team.
        team: TeamId,
        /// Its new name.
        name: AccountName,
    },
    /// Delete a team.
    DeleteTeam(TeamId),
    /// Put a member into a team.
    AddTeamMember {
        /// The team.
        team: TeamId,
        /// The person.
        member: AccountId,
    },
    /// Take a member out of a team.
    RemoveTeamMember {
        /// The team.
        team: TeamId,
        /// The person.
        member: AccountId,
    },
}
