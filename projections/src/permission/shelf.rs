//! What somebody sees, as lists that lie ready: a page of one costs the same however long it is.

use fieldlog_domain::AccountId;
use fieldlog_domain::resource::ResourceKind;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params};
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::Scope;
use crate::page::Span;
use crate::projector::Tables;

/// Whose list it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holder {
    /// An account's or a team's.
    Principal(Uuid),
    /// What everybody sees.
    Everybody,
    /// All there is.
    Administrators,
}

impl ToSql for Holder {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(match self {
            Self::Principal(id) => id.as_bytes(),
            Self::Everybody => &[0],
            Self::Administrators => &[1],
        })))
    }
}

/// Where a resource stands on every shelf that has it.
pub(super) struct Place {
    pub(super) resource: i64,
    pub(super) kind: String,
    pub(super) owner: Uuid,
    pub(super) is_retired: bool,
}

pub(super) fn put(tables: &Tables<'_>, holder: Holder, place: &Place) -> rusqlite::Result<()> {
    tables.run(
        "INSERT INTO permission_shelf (holder, is_retired, kind, resource, owner) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![holder, place.is_retired, place.kind, place.resource, place.owner],
    )
}

pub(super) fn take(tables: &Tables<'_>, holder: Holder, place: &Place) -> rusqlite::Result<()> {
    tables.run(
        "DELETE FROM permission_shelf WHERE holder = ?1 AND is_retired = ?2 AND kind = ?3 AND resource = ?4",
        params![holder, place.is_retired, place.kind, place.resource],
    )
}

pub(super) fn hand_over(tables: &Tables<'_>, holder: Holder, place: &Place, to: AccountId) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE permission_shelf SET owner = ?5 WHERE holder = ?1 AND is_retired = ?2 AND kind = ?3 AND resource = ?4",
        params![holder, place.is_retired, place.kind, place.resource, to.uuid()],
    )
}

pub(super) fn retire(tables: &Tables<'_>, holder: Holder, place: &Place) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE permission_shelf SET is_retired = 1 WHERE holder = ?1 AND is_retired = 0 AND kind = ?2 AND resource = ?3",
        params![holder, place.kind, place.resource],
    )
}

/// The shelves that `scope` reads: for an account its own, its teams', and those of the organizations that let it see all
/// they have.
pub(crate) fn holders(connection: &Connection, scope: Scope) -> rusqlite::Result<Vec<Holder>> {
    match scope {
        Scope::Public => Ok(vec![Holder::Everybody]),
        Scope::All => Ok(vec![Holder::Administrators]),
        Scope::AccessibleTo(account) => {
            let mut holders = vec![Holder::Principal(account.uuid())];
            holders.extend(memberships(connection, account)?);
            Ok(holders)
        }
    }
}

fn memberships(connection: &Connection, account: AccountId) -> rusqlite::Result<Vec<Holder>> {
    let mut query = connection.prepare_cached(
        "SELECT id FROM account WHERE owner = ?1
         UNION ALL
         SELECT member.organization FROM account_member AS member JOIN account ON account.id = member.organization
          WHERE member.member = ?1 AND (member.role = 'admin' OR account.default_role IS NOT NULL)
         UNION ALL
         SELECT team FROM account_team_member WHERE member = ?1",
    )?;
    let rows = query.query_map([account.uuid()], |row| row.get(0).map(Holder::Principal))?;
    rows.collect()
}

/// What is looked for on a shelf.
pub(crate) struct Wanted {
    pub(crate) owner: Option<AccountId>,
    pub(crate) kind: Option<ResourceKind>,
    pub(crate) include_retired: bool,
}

/// At most `limit` keys of resources within `span` that stand on any of the shelves, newest first, or oldest first when
/// `from_end`. Each part of a shelf is read only as far as the parts before it have left room.
pub(crate) fn keys(
    connection: &Connection,
    holders: &[Holder],
    wanted: &Wanted,
    span: &Span<i64>,
    from_end: bool,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let direction = if from_end { "ASC" } else { "DESC" };
    let owner = if wanted.owner.is_some() { "AND owner = ?7" } else { "AND ?7 IS NULL" };
    let mut query = connection.prepare_cached(&format!(
        "SELECT resource FROM permission_shelf
          WHERE holder = ?1 AND is_retired = ?2 AND kind = ?3 AND resource > ?4 AND resource < ?5 {owner}
          ORDER BY resource {direction} LIMIT ?6"
    ))?;
    let kinds: Vec<ResourceKind> = wanted.kind.map_or_else(|| ResourceKind::iter().collect(), |kind| vec![kind]);
    let retired: &[bool] = if wanted.include_retired { &[false, true] } else { &[false] };
    // Newest first, the bounds of a list that counts down are the other way round.
    let (mut low, mut high) = (span.before.unwrap_or(i64::MIN), span.after.unwrap_or(i64::MAX));
    let mut found: Vec<i64> = Vec::new();
    for (holder, kind, is_retired) in parts(holders, &kinds, retired) {
        let owner = wanted.owner.map(AccountId::uuid);
        let rows = query
            .query_map(params![holder, is_retired, kind.as_ref(), low, high, limit as i64, owner], |row| {
                row.get::<_, i64>(0)
            })?;
        let known = found.len();
        for key in rows {
            found.push(key?);
        }
        if found.len() == known {
            continue;
        }
        found.sort_unstable_by(|a, b| if from_end { a.cmp(b) } else { b.cmp(a) });
        found.dedup();
        found.truncate(limit);
        if let Some(last) = found.last().filter(|_| found.len() == limit) {
            (low, high) = if from_end { (low, *last) } else { (*last, high) };
        }
    }
    Ok(found)
}

/// The keys of all resources of a kind that stand on a shelf and are not retired, oldest first.
pub(crate) fn all_keys(connection: &Connection, holder: Holder, kind: ResourceKind) -> rusqlite::Result<Vec<i64>> {
    let mut query = connection.prepare_cached(
        "SELECT resource FROM permission_shelf WHERE holder = ?1 AND is_retired = 0 AND kind = ?2 ORDER BY resource",
    )?;
    query.query_map(params![holder, kind.as_ref()], |row| row.get(0))?.collect()
}

/// Whether a resource that is not retired stands on any of the shelves.
pub(crate) fn has(connection: &Connection, holders: &[Holder], resource: i64) -> rusqlite::Result<bool> {
    // Everything stands on the administrators'.
    if let [Holder::Administrators] = holders {
        return Ok(true);
    }
    let mut query = connection.prepare_cached(
        "SELECT 1 FROM permission_resource AS resource JOIN permission_shelf AS shelf
             ON shelf.holder = ?1 AND shelf.is_retired = 0 AND shelf.kind = resource.kind AND shelf.resource = resource.key
          WHERE resource.key = ?2",
    )?;
    for holder in holders {
        if query.exists(params![holder, resource])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn parts<'a>(
    holders: &'a [Holder],
    kinds: &'a [ResourceKind],
    retired: &'a [bool],
) -> impl Iterator<Item = (Holder, ResourceKind, bool)> {
    holders.iter().flat_map(move |holder| {
        kinds.iter().flat_map(move |kind| retired.iter().map(move |is_retired| (*holder, *kind, *is_retired)))
    })
}
