//! Events of accounts.

use fieldlog_domain::account::{AccountEvent, AccountKind, Avatar, MemberRole, PlanCode, SubscriptionStatus};
use fieldlog_domain::shared::Role;

use super::every_variant;
use crate::build::{account_name, ana, at, bob, digest, id, sealed};

every_variant! { AccountEvent:
    AccountRegistered { name: account_name("ana"), kind: AccountKind::Person, owner: None }
    AccountRegistered { name: account_name("riverwatch"), kind: AccountKind::Organization, owner: Some(ana()) }
    AccountAbandoned {}
    ProfileSealed { profile: sealed("c2VhbGVk"), email_index: "6d61696c".to_owned() }
    CredentialSet { password_hash: sealed("aGFzaA") }
    AvatarSet { avatar: Avatar { digest: digest("png"), media_type: "image/png".to_owned(), size: 20_480 } }
    AvatarRemoved {}
    PasswordResetRequested { token_digest: digest("token"), expires_at: at(3_600) }
    AdminGranted {}
    AdminRevoked {}
    AccountDisabled {}
    AccountEnabled {}
    AccountErased {}
    SubscriptionSet {
        plan: PlanCode::try_new("team").unwrap(),
        status: SubscriptionStatus::ActivePaid,
        until: Some(at(86_400)),
    }
    SubscriptionSet {
        plan: PlanCode::try_new("community").unwrap(),
        status: SubscriptionStatus::InactiveCancelled,
        until: None,
    }
    MemberAdded { member: bob(), role: MemberRole::Creator }
    MemberRoleChanged { member: bob(), role: MemberRole::Admin }
    MembershipVisibilityChanged { member: bob(), is_public: true }
    MemberRemoved { member: bob() }
    DefaultProjectRoleSet { role: Some(Role::Reporter) }
    DefaultProjectRoleSet { role: None }
    TeamCreated { team: id(0x7ea), name: account_name("surveyors") }
    TeamRenamed { team: id(0x7ea), name: account_name("divers") }
    TeamDeleted { team: id(0x7ea) }
    TeamMemberAdded { team: id(0x7ea), member: bob() }
    TeamMemberRemoved { team: id(0x7ea), member: bob() }
}
