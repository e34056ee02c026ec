//! The rules of an account.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AccountCommand, AccountEvent, AccountKind, AccountRefusal, Avatar, MemberRole, PlanCode, RegisterAccount,
    SubscriptionStatus,
};
use crate::aggregate::aggregate;
use crate::shared::ids::{AccountId, TeamId};
use crate::shared::{AccountName, Role};
use crate::{Sealed, Sha256Digest};

/// So many links to set a new password may wait to be used.
const MAX_PASSWORD_RESETS: usize = 3;

/// What decisions about an account need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Account {
    phase: Phase,
    name: Option<AccountName>,
    kind: AccountKind,
    owner: Option<AccountId>,
    profile: Option<Sealed>,
    password_hash: Option<Sealed>,
    #[serde(default)]
    avatar: Option<Avatar>,
    /// The newest ones asked for since the password or the profile changed.
    #[serde(default)]
    password_resets: Vec<PasswordReset>,
    is_admin: bool,
    is_disabled: bool,
    #[serde(default)]
    subscription: Option<Subscription>,
    members: BTreeMap<AccountId, MemberRole>,
    /// Those whose membership everybody may see.
    #[serde(default)]
    public_members: BTreeSet<AccountId>,
    teams: BTreeMap<TeamId, Team>,
    default_project_role: Option<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Phase {
    #[default]
    Unknown,
    Registered,
    Abandoned,
    Erased,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PasswordReset {
    token_digest: Sha256Digest,
    expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Team {
    name: AccountName,
    members: BTreeSet<AccountId>,
}

/// Plan, how it stands and when it ends.
type Subscription = (PlanCode, SubscriptionStatus, Option<DateTime<Utc>>);

type Decision = Result<Vec<AccountEvent>, AccountRefusal>;

impl Account {
    /// The sealed mail and names, while there are any.
    pub fn profile(&self) -> Option<&Sealed> {
        self.profile.as_ref()
    }

    /// The sealed password hash, while there is one.
    pub fn password_hash(&self) -> Option<&Sealed> {
        self.password_hash.as_ref()
    }

    /// The public name, once registered.
    pub fn name(&self) -> Option<&AccountName> {
        self.name.as_ref()
    }

    /// Whether it exists, is not disabled and not erased.
    pub fn is_active(&self) -> bool {
        self.phase == Phase::Registered && !self.is_disabled
    }

    /// Whether the token with this digest sets a new password.
    pub fn can_reset_password(&self, token_digest: &Sha256Digest, now: DateTime<Utc>) -> bool {
        self.is_active() && self.waiting_resets(now).any(|reset| reset.token_digest == *token_digest)
    }

    /// Whether the person administers the server.
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    pub(super) fn decide(&self, command: AccountCommand) -> Decision {
        match command {
            AccountCommand::Register(c) => self.register(c),
            AccountCommand::Abandon => self.abandon(),
            AccountCommand::SealProfile { profile, email_index } => self.seal_profile(profile, email_index),
            AccountCommand::SetCredential { password_hash } => self.set_credential(password_hash),
            AccountCommand::SetAvatar(avatar) => self.set_avatar(avatar),
            AccountCommand::RemoveAvatar => self.remove_avatar(),
            AccountCommand::RequestPasswordReset { token_digest, now, expires_at } => {
                self.request_password_reset(token_digest, now, expires_at)
            }
            AccountCommand::ResetPassword { token_digest, now, password_hash } => {
                self.reset_password(&token_digest, now, password_hash)
            }
            AccountCommand::SetAdmin(is_admin) => self.set_admin(is_admin),
            AccountCommand::SetDisabled(is_disabled) => self.set_disabled(is_disabled),
            AccountCommand::Erase => self.erase(),
            AccountCommand::SetSubscription { plan, status, until } => self.set_subscription(plan, status, until),
            AccountCommand::AddMember { member, role, limit } => self.add_member(member, role, limit),
            AccountCommand::ChangeMemberRole { member, role } => self.change_member_role(member, role),
            AccountCommand::ChangeMembershipVisibility { member, is_public } => {
                self.change_membership_visibility(member, is_public)
            }
            AccountCommand::RemoveMember { member } => self.remove_member(member),
            AccountCommand::SetDefaultProjectRole(role) => self.set_default_project_role(role),
            AccountCommand::CreateTeam { team, name } => self.create_team(team, name),
            AccountCommand::RenameTeam { team, name } => self.rename_team(team, name),
            AccountCommand::DeleteTeam(team) => self.delete_team(team),
            AccountCommand::AddTeamMember { team, member } => self.add_team_member(team, member),
            AccountCommand::RemoveTeamMember { team, member } => self.remove_team_member(team, member),
        }
    }

    fn register(&self, c: RegisterAccount) -> Decision {
        match (self.phase, &self.name) {
            (Phase::Unknown, _) => {}
            (Phase::Registered, Some(name)) if (name, self.kind, self.owner) == (&c.name, c.kind, c.owner) => {
                return Ok(vec![]);
            }
            (Phase::Registered, current) => {
                return Err(AccountRefusal::AlreadyRegistered(current.clone().unwrap_or(c.name)));
            }
            (Phase::Abandoned, _) => return Err(AccountRefusal::Abandoned),
            (Phase::Erased, _) => return Err(AccountRefusal::Erased),
        }
        check_kind(&c)?;
        let mut events = vec![AccountEvent::AccountRegistered { name: c.name, kind: c.kind, owner: c.owner }];
        if let Some((profile, email_index)) = c.profile {
            events.push(AccountEvent::ProfileSealed { profile, email_index });
        }
        if let Some(password_hash) = c.password_hash {
            events.push(AccountEvent::CredentialSet { password_hash });
        }
        if c.is_admin {
            events.push(AccountEvent::AdminGranted {});
        }
        Ok(events)
    }

    fn abandon(&self) -> Decision {
        match (self.phase, &self.name) {
            (Phase::Unknown, _) => Ok(vec![AccountEvent::AccountAbandoned {}]),
            (Phase::Abandoned, _) => Ok(vec![]),
            (Phase::Registered, Some(name)) => Err(AccountRefusal::AlreadyRegistered(name.clone())),
            (Phase::Registered, None) | (Phase::Erased, _) => Err(AccountRefusal::Erased),
        }
    }

    fn seal_profile(&self, profile: Sealed, email_index: String) -> Decision {
        self.person()?;
        if self.profile.as_ref() == Some(&profile) {
            return Ok(vec![]);
        }
        Ok(vec![AccountEvent::ProfileSealed { profile, email_index }])
    }

    fn set_credential(&self, password_hash: Sealed) -> Decision {
        self.person()?;
        if self.password_hash.as_ref() == Some(&password_hash) {
            return Ok(vec![]);
        }
        Ok(vec![AccountEvent::CredentialSet { password_hash }])
    }

    fn set_avatar(&self, avatar: Avatar) -> Decision {
        self.registered()?;
        Ok(if self.avatar.as_ref() == Some(&avatar) { vec![] } else { vec![AccountEvent::AvatarSet { avatar }] })
    }

    fn remove_avatar(&self) -> Decision {
        self.registered()?;
        Ok(if self.avatar.is_some() { vec![AccountEvent::AvatarRemoved {}] } else { vec![] })
    }

    fn request_password_reset(
        &self,
        token_digest: Sha256Digest,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Decision {
        self.person()?;
        if self.password_resets.iter().any(|reset| reset.token_digest == token_digest) {
            return Ok(vec![]);
        }
        let found = self.waiting_resets(now).count();
        if found >= MAX_PASSWORD_RESETS {
            return Err(AccountRefusal::PasswordResetsWaiting { found });
        }
        Ok(vec![AccountEvent::PasswordResetRequested { token_digest, expires_at }])
    }

    fn reset_password(&self, token_digest: &Sha256Digest, now: DateTime<Utc>, password_hash: Sealed) -> Decision {
        self.person()?;
        if !self.can_reset_password(token_digest, now) {
            return Err(AccountRefusal::PasswordResetNotValid);
        }
        Ok(vec![AccountEvent::CredentialSet { password_hash }])
    }

    fn set_admin(&self, is_admin: bool) -> Decision {
        self.person()?;
        Ok(match (self.is_admin, is_admin) {
            (false, true) => vec![AccountEvent::AdminGranted {}],
            (true, false) => vec![AccountEvent::AdminRevoked {}],
            (true, true) | (false, false) => vec![],
        })
    }

    fn set_disabled(&self, is_disabled: bool) -> Decision {
        self.registered()?;
        Ok(match (self.is_disabled, is_disabled) {
            (false, true) => vec![AccountEvent::AccountDisabled {}],
            (true, false) => vec![AccountEvent::AccountEnabled {}],
            (true, true) | (false, false) => vec![],
        })
    }

    fn erase(&self) -> Decision {
        if self.phase == Phase::Erased {
            return Ok(vec![]);
        }
        self.person()?;
        Ok(vec![AccountEvent::AccountErased {}])
    }

    fn set_subscription(&self, plan: PlanCode, status: SubscriptionStatus, until: Option<DateTime<Utc>>) -> Decision {
        self.registered()?;
        if self.subscription == Some((plan.clone(), status, until)) {
            return Ok(vec![]);
        }
        Ok(vec![AccountEvent::SubscriptionSet { plan, status, until }])
    }

    fn add_member(&self, member: AccountId, role: MemberRole, limit: Option<u32>) -> Decision {
        self.organization()?;
        if self.owner == Some(member) {
            return Err(AccountRefusal::IsTheOwner);
        }
        match self.members.get(&member) {
            None => match limit.filter(|limit| self.members.len() >= *limit as usize) {
                Some(limit) => Err(AccountRefusal::TooManyMembers { limit }),
                None => Ok(vec![AccountEvent::MemberAdded { member, role }]),
            },
            Some(current) if *current == role => Ok(vec![]),
            Some(_) => Err(AccountRefusal::AlreadyAMember(member)),
        }
    }

    fn change_member_role(&self, member: AccountId, role: MemberRole) -> Decision {
        self.organization()?;
        match self.members.get(&member) {
            None => Err(AccountRefusal::NotAMember(member)),
            Some(current) if *current == role => Ok(vec![]),
            Some(_) => Ok(vec![AccountEvent::MemberRoleChanged { member, role }]),
        }
    }

    fn change_membership_visibility(&self, member: AccountId, is_public: bool) -> Decision {
        self.organization()?;
        if !self.members.contains_key(&member) {
            return Err(AccountRefusal::NotAMember(member));
        }
        let is_as_before = self.public_members.contains(&member) == is_public;
        Ok(if is_as_before { vec![] } else { vec![AccountEvent::MembershipVisibilityChanged { member, is_public }] })
    }

    fn remove_member(&self, member: AccountId) -> Decision {
        self.organization()?;
        Ok(if self.members.contains_key(&member) { vec![AccountEvent::MemberRemoved { member }] } else { vec![] })
    }

    fn set_default_project_role(&self, role: Option<Role>) -> Decision {
        self.organization()?;
        Ok(if self.default_project_role == role { vec![] } else { vec![AccountEvent::DefaultProjectRoleSet { role }] })
    }

    fn create_team(&self, team: TeamId, name: AccountName) -> Decision {
        self.organization()?;
        match self.teams.get(&team) {
            Some(existing) if existing.name == name => return Ok(vec![]),
            Some(existing) => return Err(AccountRefusal::TeamNameTaken(existing.name.clone())),
            None => {}
        }
        if self.teams.values().any(|existing| existing.name.key() == name.key()) {
            return Err(AccountRefusal::TeamNameTaken(name));
        }
        Ok(vec![AccountEvent::TeamCreated { team, name }])
    }

    fn rename_team(&self, team: TeamId, name: AccountName) -> Decision {
        self.organization()?;
        let current = &self.teams.get(&team).ok_or(AccountRefusal::NoSuchTeam(team))?.name;
        if *current == name {
            return Ok(vec![]);
        }
        if self.teams.iter().any(|(other, existing)| *other != team && existing.name.key() == name.key()) {
            return Err(AccountRefusal::TeamNameTaken(name));
        }
        Ok(vec![AccountEvent::TeamRenamed { team, name }])
    }

    fn delete_team(&self, team: TeamId) -> Decision {
        self.organization()?;
        Ok(if self.teams.contains_key(&team) { vec![AccountEvent::TeamDeleted { team }] } else { vec![] })
    }

    fn add_team_member(&self, team: TeamId, member: AccountId) -> Decision {
        self.organization()?;
        let members = &self.teams.get(&team).ok_or(AccountRefusal::NoSuchTeam(team))?.members;
        if !self.members.contains_key(&member) && self.owner != Some(member) {
            return Err(AccountRefusal::NotAMember(member));
        }
        Ok(if members.contains(&member) { vec![] } else { vec![AccountEvent::TeamMemberAdded { team, member }] })
    }

    fn remove_team_member(&self, team: TeamId, member: AccountId) -> Decision {
        self.organization()?;
        let members = &self.teams.get(&team).ok_or(AccountRefusal::NoSuchTeam(team))?.members;
        Ok(if members.contains(&member) { vec![AccountEvent::TeamMemberRemoved { team, member }] } else { vec![] })
    }

    fn waiting_resets(&self, now: DateTime<Utc>) -> impl Iterator<Item = &PasswordReset> {
        self.password_resets.iter().filter(move |reset| now < reset.expires_at)
    }

    fn registered(&self) -> Result<&AccountName, AccountRefusal> {
        match self.phase {
            Phase::Unknown => Err(AccountRefusal::NoSuchAccount),
            Phase::Abandoned => Err(AccountRefusal::Abandoned),
            Phase::Erased => Err(AccountRefusal::Erased),
            Phase::Registered => self.name.as_ref().ok_or(AccountRefusal::NoSuchAccount),
        }
    }

    fn person(&self) -> Result<(), AccountRefusal> {
        let name = self.registered()?;
        match self.kind {
            AccountKind::Person => Ok(()),
            AccountKind::Organization => Err(AccountRefusal::NotAPerson(name.clone())),
        }
    }

    fn organization(&self) -> Result<(), AccountRefusal> {
        let name = self.registered()?;
        match self.kind {
            AccountKind::Organization => Ok(()),
            AccountKind::Person => Err(AccountRefusal::NotAnOrganization(name.clone())),
        }
    }

    fn evolve(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::AccountRegistered { name, kind, owner } => {
                (self.phase, self.name, self.kind, self.owner) = (Phase::Registered, Some(name), kind, owner);
            }
            AccountEvent::AccountAbandoned {} => self.phase = Phase::Abandoned,
            AccountEvent::ProfileSealed { profile, .. } => {
                // The mail went to an address that may no longer be theirs.
                self.password_resets.clear();
                self.profile = Some(profile);
            }
            AccountEvent::CredentialSet { password_hash } => {
                self.password_resets.clear();
                self.password_hash = Some(password_hash);
            }
            AccountEvent::PasswordResetRequested { token_digest, expires_at } => {
                // Only as many can wait at a time; those before have expired.
                if self.password_resets.len() >= MAX_PASSWORD_RESETS {
                    self.password_resets.remove(0);
                }
                self.password_resets.push(PasswordReset { token_digest, expires_at });
            }
            AccountEvent::AvatarSet { avatar } => self.avatar = Some(avatar),
            AccountEvent::AvatarRemoved {} => self.avatar = None,
            AccountEvent::AdminGranted {} => self.is_admin = true,
            AccountEvent::AdminRevoked {} => self.is_admin = false,
            AccountEvent::AccountDisabled {} => self.is_disabled = true,
            AccountEvent::AccountEnabled {} => self.is_disabled = false,
            AccountEvent::SubscriptionSet { plan, status, until } => self.subscription = Some((plan, status, until)),
            AccountEvent::AccountErased {} => {
                (self.phase, self.profile, self.password_hash, self.is_admin) = (Phase::Erased, None, None, false);
                self.avatar = None;
                self.password_resets.clear();
            }
            AccountEvent::MemberAdded { member, role } | AccountEvent::MemberRoleChanged { member, role } => {
                self.members.insert(member, role);
            }
            AccountEvent::MembershipVisibilityChanged { member, is_public: true } => {
                self.public_members.insert(member);
            }
            AccountEvent::MembershipVisibilityChanged { member, is_public: false } => {
                self.public_members.remove(&member);
            }
            AccountEvent::MemberRemoved { member } => {
                self.members.remove(&member);
                self.public_members.remove(&member);
                self.teams.values_mut().for_each(|team| {
                    team.members.remove(&member);
                });
            }
            AccountEvent::DefaultProjectRoleSet { role } => self.default_project_role = role,
            AccountEvent::TeamCreated { team, name } => {
                self.teams.insert(team, Team { name, members: BTreeSet::new() });
            }
            AccountEvent::TeamRenamed { team, name } => {
                if let Some(team) = self.teams.get_mut(&team) {
                    team.name = name;
                }
            }
            AccountEvent::TeamDeleted { team } => {
                self.teams.remove(&team);
            }
            AccountEvent::TeamMemberAdded { team, member } => {
                if let Some(team) = self.teams.get_mut(&team) {
                    team.members.insert(member);
                }
            }
            AccountEvent::TeamMemberRemoved { team, member } => {
                if let Some(team) = self.teams.get_mut(&team) {
                    team.members.remove(&member);
                }
            }
        }
    }
}

/// Only organizations have an owner, and only persons a profile, a password and the server to administer.
fn check_kind(c: &RegisterAccount) -> Result<(), AccountRefusal> {
    match c.kind {
        AccountKind::Person if c.owner.is_some() => Err(AccountRefusal::NotAnOrganization(c.name.clone())),
        AccountKind::Organization if c.owner.is_none() => Err(AccountRefusal::NoOwner(c.name.clone())),
        AccountKind::Organization if c.profile.is_some() || c.password_hash.is_some() || c.is_admin => {
            Err(AccountRefusal::NotAPerson(c.name.clone()))
        }
        AccountKind::Person | AccountKind::Organization => Ok(()),
    }
}

aggregate!(Account, "account", AccountCommand, AccountEvent, AccountRefusal);
