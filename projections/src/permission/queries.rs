//! Questions about permissions.

use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, ResourceId};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Access, CollaboratorRow, RoleOf, RoleOrigin};
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

/// Everything that may give somebody a role, in one row.
const GROUNDS: &str = concat!(
    "SELECT ",
    grounds!(),
    " FROM permission_resource
      LEFT JOIN account AS owner ON owner.id = permission_resource.owner
      LEFT JOIN account_member AS member ON member.organization = permission_resource.owner AND member.member = ?2
     WHERE permission_resource.id = ?1"
);

impl View {
    /// How somebody stands to a resource; `None` asks for somebody who is not logged in. Nothing when there is no such resource.
    pub fn access(&self, resource: ResourceId, account: Option<AccountId>) -> Result<Option<Access>, ReadError> {
        self.read(|connection| {
            let params = (resource.uuid(), account.map(AccountId::uuid));
            Ok(connection
                .prepare_cached(GROUNDS)?
                .query_row(params, |row| access_of(&mut Cells::of(row)))
                .optional()?)
        })
    }

    /// What somebody may do with a resource; `None` asks for somebody who is not logged in.
    pub fn role_of(&self, resource: ResourceId, account: Option<AccountId>) -> Result<Option<RoleOf>, ReadError> {
        Ok(self.access(resource, account)?.and_then(|access| access.role))
    }

    /// The resources of an owner that somebody works on as a collaborator themselves, retired ones left out.
    pub fn collaborations(&self, person: AccountId, owner: AccountId) -> Result<Vec<ResourceId>, ReadError> {
        let sql = "SELECT resource.id FROM permission_shelf AS shelf
                   JOIN permission_resource AS resource ON resource.key = shelf.resource
                   WHERE shelf.holder = ?1 AND shelf.owner = ?2 AND shelf.is_retired = 0 AND resource.owner <> ?1";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([person.uuid(), owner.uuid()], |row| Cells::of(row).id())?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many persons work on a resource as collaborators themselves.
    pub fn count_person_collaborators(&self, resource: ResourceId) -> Result<u64, ReadError> {
        let sql = "SELECT count(*) FROM permission_collaborator
                   WHERE resource = (SELECT key FROM permission_resource WHERE id = ?1) AND is_team = 0";
        self.read(|connection| {
            Ok(connection.prepare_cached(sql)?.query_row([resource.uuid()], |row| Cells::of(row).count())?)
        })
    }

    /// Who works on a resource, oldest first.
    pub fn collaborators(&self, resource: ResourceId, page: Page) -> Result<Listed<CollaboratorRow>, ReadError> {
        let list = Ordered {
            select: "SELECT key, collaborator, is_team, role, added_at, added_by, changed_at, changed_by
                     FROM permission_collaborator
                     WHERE resource = (SELECT key FROM permission_resource WHERE id = ?1)",
            key: "key",
            is_falling: false,
        };
        self.read(|connection| {
            list.page::<i64, _>(connection, &page, List::Collaborators, &[&resource.uuid()], |cells| {
                let (id, is_team): (Uuid, bool) = (cells.get()?, cells.get()?);
                let collaborator =
                    if is_team { Collaborator::Team(id.into()) } else { Collaborator::Person(id.into()) };
                let role = role(cells)?.unwrap_or(Role::Reader);
                Ok(CollaboratorRow {
                    collaborator,
                    role,
                    added_at: cells.time()?,
                    added_by: cells.id_if_any()?,
                    changed_at: cells.time()?,
                    changed_by: cells.id_if_any()?,
                })
            })
        })
    }
}

/// Reads what `grounds!` selects.
pub(crate) fn access_of(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Access> {
    Ok(Access { role: first_of(cells)?, is_retired: cells.get()? })
}

/// The first ground decides, whatever role a later one would give.
fn first_of(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<RoleOf>> {
    let is_owner = cells.get::<Option<bool>>()?.unwrap_or_default();
    let owns_organization: bool = cells.get::<Option<bool>>()?.unwrap_or_default();
    let member: Option<String> = cells.get()?;
    let collaborator = role(cells)?;
    let team = role(cells)?;
    let default: Option<Role> = cells.word_if_any()?;
    let is_public: bool = cells.get()?;
    let public = role(cells)?.unwrap_or(Role::Reader);
    let found = |role, origin| Ok(Some(RoleOf { role, origin }));
    match (collaborator, team, default) {
        _ if is_owner => found(Role::Admin, RoleOrigin::ProjectOwner),
        _ if owns_organization => found(Role::Admin, RoleOrigin::OrganizationOwner),
        _ if member.as_deref() == Some("admin") => found(Role::Admin, RoleOrigin::OrganizationAdmin),
        (Some(role), _, _) => found(role, RoleOrigin::Collaborator),
        (None, Some(role), _) => found(role, RoleOrigin::TeamMember),
        (None, None, Some(role)) if member.is_some() => found(role, RoleOrigin::OrganizationMember),
        (None, None, _) if is_public => found(public, RoleOrigin::Public),
        (None, None, _) => Ok(None),
    }
}

/// The other way round of how the projector writes it.
fn role(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<Role>> {
    let rank: Option<i64> = cells.get()?;
    Ok(rank.and_then(super::projector::role_of_rank))
}
