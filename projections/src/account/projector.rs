//! Folds accounts.

use fieldlog_domain::account::{AccountEvent, AccountKind};
use fieldlog_domain::shared::AccountName;
use fieldlog_domain::{AccountId, Event, Sealed};
use rusqlite::params;

use crate::column::{integer, micros};
use crate::projector::{Projector, Recorded, Tables};

/// Folds accounts, their members and teams.
pub struct AccountProjector;

impl Projector for AccountProjector {
    const NAME: &'static str = "account";
    const VERSION: u32 = 3;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/account.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::Account(event) = &recorded.event else { return Ok(()) };
        let id = recorded.id;
        match event {
            AccountEvent::AccountRegistered { name, kind, owner } => register(tables, recorded, name, *kind, *owner),
            AccountEvent::ProfileSealed { profile, email_index } => {
                seal_profile(tables, recorded, profile, email_index)
            }
            AccountEvent::CredentialSet { password_hash } => tables.run(
                "UPDATE account SET password_key = ?2, password_content = ?3 WHERE id = ?1",
                params![id, password_hash.key, password_hash.content],
            ),
            AccountEvent::AvatarSet { avatar } => tables.run(
                "UPDATE account SET avatar = ?2, avatar_media_type = ?3, avatar_size = ?4, avatar_at = ?5 WHERE id = ?1",
                params![id, avatar.digest.0, avatar.media_type, integer(avatar.size), recorded.at()],
            ),
            AccountEvent::AvatarRemoved {} => set(tables, recorded, NO_AVATAR),
            AccountEvent::AdminGranted {} => set(tables, recorded, "UPDATE account SET is_admin = 1 WHERE id = ?1"),
            AccountEvent::AdminRevoked {} => set(tables, recorded, "UPDATE account SET is_admin = 0 WHERE id = ?1"),
            AccountEvent::AccountDisabled {} => {
                set(tables, recorded, "UPDATE account SET is_disabled = 1 WHERE id = ?1")
            }
            AccountEvent::AccountEnabled {} => {
                set(tables, recorded, "UPDATE account SET is_disabled = 0 WHERE id = ?1")
            }
            AccountEvent::AccountErased {} => {
                set(tables, recorded, ERASED)?;
                set(tables, recorded, NO_AVATAR)
            }
            AccountEvent::SubscriptionSet { plan, status, until } => tables.run(
                "UPDATE account SET plan = ?2, plan_status = ?3, plan_until = ?4,
                     plan_since = CASE WHEN plan IS ?2 AND plan_status IS ?3 THEN plan_since ELSE ?5 END
                 WHERE id = ?1",
                params![id, plan.as_str(), status.as_ref(), until.map(micros), recorded.at()],
            ),
            AccountEvent::MemberAdded { member, role } | AccountEvent::MemberRoleChanged { member, role } => tables
                .run(
                    "INSERT INTO account_member (key, organization, member, role, added_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (organization, member) DO UPDATE SET role = excluded.role",
                    params![recorded.key(), id, member.uuid(), role.as_ref(), recorded.at()],
                ),
            AccountEvent::MembershipVisibilityChanged { member, is_public } => tables.run(
                "UPDATE account_member SET is_public = ?3 WHERE organization = ?1 AND member = ?2",
                params![id, member.uuid(), is_public],
            ),
            AccountEvent::MemberRemoved { member } => remove_member(tables, recorded, *member),
            AccountEvent::DefaultProjectRoleSet { role } => tables.run(
                "UPDATE account SET default_role = ?2 WHERE id = ?1",
                params![id, role.as_ref().map(AsRef::as_ref)],
            ),
            AccountEvent::TeamCreated { team, name } => tables.run(
                "INSERT INTO account_team (key, id, organization, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![recorded.key(), team.uuid(), id, name.as_str(), recorded.at()],
            ),
            AccountEvent::TeamRenamed { team, name } => {
                tables.run("UPDATE account_team SET name = ?2 WHERE id = ?1", params![team.uuid(), name.as_str()])
            }
            AccountEvent::TeamDeleted { team } => {
                tables.run("DELETE FROM account_team_member WHERE team = ?1", [team.uuid()])?;
                tables.run("DELETE FROM account_team WHERE id = ?1", [team.uuid()])
            }
            AccountEvent::TeamMemberAdded { team, member } => tables.run(
                "INSERT INTO account_team_member (key, team, member, added_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (team, member) DO NOTHING",
                params![recorded.key(), team.uuid(), member.uuid(), recorded.at()],
            ),
            AccountEvent::TeamMemberRemoved { team, member } => tables.run(
                "DELETE FROM account_team_member WHERE team = ?1 AND member = ?2",
                params![team.uuid(), member.uuid()],
            ),
            // It never was one.
            AccountEvent::AccountAbandoned {} => Ok(()),
            // Only the account itself is asked about its links.
            AccountEvent::PasswordResetRequested { .. } => Ok(()),
        }
    }
}

const ERASED: &str = "UPDATE account SET is_erased = 1, profile_key = NULL, profile_content = NULL, email_index = NULL,
         password_key = NULL, password_content = NULL
     WHERE id = ?1";
const NO_AVATAR: &str =
    "UPDATE account SET avatar = NULL, avatar_media_type = NULL, avatar_size = NULL, avatar_at = NULL WHERE id = ?1";

fn set(tables: &Tables<'_>, recorded: &Recorded, sql: &'static str) -> rusqlite::Result<()> {
    tables.run(sql, [recorded.id])
}

fn register(
    tables: &Tables<'_>,
    recorded: &Recorded,
    name: &AccountName,
    kind: AccountKind,
    owner: Option<AccountId>,
) -> rusqlite::Result<()> {
    tables.run(
        "INSERT INTO account (key, id, kind, name, name_key, owner, registered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            recorded.key(),
            recorded.id,
            kind.as_ref(),
            name.as_str(),
            name.key(),
            owner.map(AccountId::uuid),
            recorded.at(),
        ],
    )
}

fn seal_profile(tables: &Tables<'_>, recorded: &Recorded, profile: &Sealed, email_index: &str) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE account SET profile_key = ?2, profile_content = ?3, email_index = ?4 WHERE id = ?1",
        params![recorded.id, profile.key, profile.content, email_index],
    )
}

/// They leave its teams with it.
fn remove_member(tables: &Tables<'_>, recorded: &Recorded, member: AccountId) -> rusqlite::Result<()> {
    tables.run(
        "DELETE FROM account_member WHERE organization = ?1 AND member = ?2",
        params![recorded.id, member.uuid()],
    )?;
    tables.run(
        "DELETE FROM account_team_member
         WHERE member = ?2 AND team IN (SELECT id FROM account_team WHERE organization = ?1)",
        params![recorded.id, member.uuid()],
    )
}
