//! Questions about accounts.

use fieldlog_domain::account::{Avatar, MemberRole};
use fieldlog_domain::{AccountId, TeamId};
use rusqlite::{Connection, OptionalExtension, Params};

use super::{AccountRow, AvatarRow, MemberRow, Membership, OrganizationOf, SubscriptionRow, TeamMemberRow, TeamRow};
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

macro_rules! accounts {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, kind, name, owner, is_admin, is_disabled, is_erased, profile_key, profile_content,
                 password_key, password_content, default_role, avatar, avatar_media_type, avatar_size, avatar_at,
                 registered_at, plan, plan_status, plan_since, plan_until, key
             FROM account ",
            $rest
        )
    };
}

impl View {
    /// The account with this id.
    pub fn account(&self, id: AccountId) -> Result<Option<AccountRow>, ReadError> {
        self.read(|connection| one(connection, accounts!("WHERE id = ?1"), [id.uuid()]))
    }

    /// Those of these accounts that exist, in the order of `ids`.
    pub fn accounts(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, ReadError> {
        self.read_at_once(|connection| {
            let read = |id: &AccountId| one(connection, accounts!("WHERE id = ?1"), [id.uuid()]).transpose();
            ids.iter().filter_map(read).collect()
        })
    }

    /// All accounts, oldest first.
    pub fn list_accounts(&self, page: Page) -> Result<Listed<AccountRow>, ReadError> {
        let list = Ordered { select: accounts!("WHERE true"), key: "key", is_falling: false };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::Accounts, &[], account))
    }

    /// The account of this name, whatever the case.
    pub fn account_by_name(&self, name: &str) -> Result<Option<AccountRow>, ReadError> {
        let sql = accounts!("WHERE name_key = ?1 ORDER BY is_erased, key DESC LIMIT 1");
        self.read(|connection| one(connection, sql, [name.to_ascii_lowercase()]))
    }

    /// The person whose mail address has this index.
    pub fn account_by_email_index(&self, index: &str) -> Result<Option<AccountRow>, ReadError> {
        let sql = accounts!("WHERE email_index = ?1 ORDER BY key DESC LIMIT 1");
        self.read(|connection| one(connection, sql, [index]))
    }

    /// Who belongs to an organization, oldest first. Its owner is none of them.
    pub fn members(&self, organization: AccountId, page: Page) -> Result<Listed<MemberRow>, ReadError> {
        let list = Ordered {
            select: "SELECT key, organization, member, role, added_at, is_public FROM account_member WHERE organization = ?1",
            key: "key",
            is_falling: false,
        };
        self.read(|connection| {
            list.page::<i64, _>(connection, &page, List::Members, &[&organization.uuid()], |cells| {
                let (organization, member) = (cells.id()?, cells.id()?);
                let (role, added_at) = (cells.word()?, cells.time()?);
                Ok(MemberRow { organization, member, role, added_at, is_public: cells.get()? })
            })
        })
    }

    /// How an account belongs to an organization, if it does.
    pub fn membership(&self, organization: AccountId, account: AccountId) -> Result<Option<Membership>, ReadError> {
        let sql = "SELECT organization.owner IS ?2, member.role
                   FROM account AS organization
                   LEFT JOIN account_member AS member ON member.organization = organization.id AND member.member = ?2
                   WHERE organization.id = ?1 AND organization.kind = 'organization'";
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([organization.uuid(), account.uuid()], |row| {
                let mut cells = Cells::of(row);
                membership(&mut cells)
            });
            Ok(found.optional()?.flatten())
        })
    }

    /// The organizations an account owns or belongs to, its own first, then oldest membership first.
    pub fn organizations_of(&self, account: AccountId) -> Result<Vec<OrganizationOf>, ReadError> {
        let sql = "SELECT id, true, NULL, 0 AS kind_of, key FROM account WHERE owner = ?1
                   UNION ALL
                   SELECT organization, false, role, 1, key FROM account_member WHERE member = ?1
                   ORDER BY 4, 5";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([account.uuid()], |row| {
                let mut cells = Cells::of(row);
                let organization = cells.id()?;
                Ok(membership(&mut cells)?.map(|membership| OrganizationOf { organization, membership }))
            })?;
            Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
        })
    }

    /// The teams of an organization, oldest first.
    pub fn teams(&self, organization: AccountId, page: Page) -> Result<Listed<TeamRow>, ReadError> {
        let list = Ordered {
            select: "SELECT key, id, organization, name, created_at FROM account_team WHERE organization = ?1",
            key: "key",
            is_falling: false,
        };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::Teams, &[&organization.uuid()], team))
    }

    /// The team with this id.
    pub fn team(&self, id: TeamId) -> Result<Option<TeamRow>, ReadError> {
        let sql = "SELECT id, organization, name, created_at FROM account_team WHERE id = ?1";
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([id.uuid()], |row| team(&mut Cells::of(row)));
            Ok(found.optional()?)
        })
    }

    /// Who is in a team, oldest first.
    pub fn team_members(&self, team: TeamId, page: Page) -> Result<Listed<TeamMemberRow>, ReadError> {
        let list = Ordered {
            select: "SELECT key, team, member, added_at FROM account_team_member WHERE team = ?1",
            key: "key",
            is_falling: false,
        };
        self.read(|connection| {
            list.page::<i64, _>(connection, &page, List::TeamMembers, &[&team.uuid()], |cells| {
                Ok(TeamMemberRow { team: cells.id()?, member: cells.id()?, added_at: cells.time()? })
            })
        })
    }
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<AccountRow>, ReadError> {
    let found = connection.prepare_cached(sql)?.query_row(params, |row| {
        let mut cells = Cells::of(row);
        cells.skip();
        account(&mut cells)
    });
    Ok(found.optional()?)
}

fn account(cells: &mut Cells<'_, '_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        id: cells.id()?,
        kind: cells.word()?,
        name: cells.word()?,
        owner: cells.id_if_any()?,
        is_admin: cells.get()?,
        is_disabled: cells.get()?,
        is_erased: cells.get()?,
        profile: cells.sealed_if_any()?,
        password_hash: cells.sealed_if_any()?,
        default_role: cells.word_if_any()?,
        avatar: avatar(cells)?,
        registered_at: cells.time()?,
        subscription: subscription(cells)?,
        number: cells.count()?,
    })
}

fn avatar(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<AvatarRow>> {
    let (digest, media_type): (_, Option<String>) = (cells.sha256_if_any()?, cells.get()?);
    let (size, set_at): (Option<i64>, _) = (cells.get()?, cells.time_if_any()?);
    Ok(match (digest, media_type, size, set_at) {
        (Some(digest), Some(media_type), Some(size), Some(set_at)) => {
            Some(AvatarRow { picture: Avatar { digest, media_type, size: size.cast_unsigned() }, set_at })
        }
        _ => None,
    })
}

/// The plan, how it stands, since when and until when.
fn subscription(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<SubscriptionRow>> {
    let (plan, status) = (cells.word_if_any()?, cells.word_if_any()?);
    let (since, until) = (cells.time_if_any()?, cells.time_if_any()?);
    let set = plan.zip(status).zip(since);
    Ok(set.map(|((plan, status), since)| SubscriptionRow { plan, status, since, until }))
}

/// Whether they own it, and their role.
fn membership(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<Membership>> {
    let is_owner = cells.get()?;
    let role: Option<MemberRole> = cells.word_if_any()?;
    Ok(if is_owner { Some(Membership::Owner) } else { role.map(Membership::Member) })
}

fn team(cells: &mut Cells<'_, '_>) -> rusqlite::Result<TeamRow> {
    Ok(TeamRow { id: cells.id()?, organization: cells.id()?, name: cells.word()?, created_at: cells.time()? })
}
