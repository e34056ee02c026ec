//! Questions about projects.

use std::collections::HashMap;

use fieldlog_domain::resource::{ResourceKind, SHARED_DATASETS};
use fieldlog_domain::{AccountId, ResourceId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{ListProjects, ProjectKey, ProjectRow};
use crate::column::Cells;
use crate::error::ReadError;
use crate::job::is_for;
use crate::permission::{Scope, access_of, grounds, shelf};
use crate::resource::{resource_columns, resource_of};
use crate::view::View;

/// A resource, then whose it is, what happens to it, and what gives the account `?2` a role.
macro_rules! projects {
    ($filter:literal) => {
        concat!(
            "SELECT ",
            resource_columns!(),
            ", owner.name,
                 resource.staged IS NOT NULL OR (resource.project_file IS NOT NULL AND resource.latest IS NULL)
                     OR EXISTS (SELECT 1 FROM job WHERE job.resource = resource.id AND job.ended_at IS NULL),
                 resource.is_online, resource.is_latest_rejected,
                 package.claimed_at,
                 resource.is_online = 0 AND package.claimed > file_total.changed AND package.project_file_digest =
                     (SELECT digest FROM resource_revision AS ready WHERE ready.id = resource.ready), ",
            grounds!(),
            " FROM resource
              JOIN permission_resource ON permission_resource.key = resource.key
              JOIN account AS owner ON owner.id = resource.owner
              LEFT JOIN account_member AS member ON member.organization = resource.owner AND member.member = ?2
              LEFT JOIN file_total ON file_total.resource = resource.id
              LEFT JOIN job AS package ON package.key = (SELECT newest.key FROM job AS newest
                  WHERE newest.resource = resource.id AND newest.kind = 'package' AND newest.state = 'finished' AND",
            is_for!("newest", "resource.owner"),
            "     ORDER BY newest.key DESC LIMIT 1)
             WHERE ",
            $filter,
            " AND resource.kind = 'project'"
        )
    };
}

impl View {
    /// The project with this id, also when it is retired.
    pub fn project(&self, id: ResourceId, viewer: AccountId) -> Result<Option<ProjectRow>, ReadError> {
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(projects!("resource.id = ?1"))?;
            let row = query.query_row((id.uuid(), viewer.uuid()), project).optional()?;
            Ok(with_shared_datasets(connection, row.into_iter().collect())?.pop())
        })
    }

    /// The projects with these keys, in their order.
    pub fn projects(&self, keys: &[i64], viewer: AccountId) -> Result<Vec<ProjectRow>, ReadError> {
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(projects!("resource.key = ?1"))?;
            let mut read = |key: &i64| query.query_row((key, viewer.uuid()), project).optional();
            let rows = keys.iter().filter_map(|key| read(key).transpose()).collect::<Result<_, _>>()?;
            Ok(with_shared_datasets(connection, rows)?)
        })
    }

    /// Whether a vector layer of what is ready is read from a server.
    pub fn is_online(&self, project: ResourceId) -> Result<bool, ReadError> {
        let sql = "SELECT coalesce(is_online, 0) FROM resource WHERE id = ?1";
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([project.uuid()], |row| row.get(0)).optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    /// Answers [`ListProjects`] with what is needed to sort and to search.
    pub fn project_keys(&self, list: ListProjects) -> Result<Vec<ProjectKey>, ReadError> {
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT resource.key, owner.name, resource.name, resource.is_featured, resource.registered_at
                   FROM resource JOIN account AS owner ON owner.id = resource.owner WHERE resource.key = ?1",
            )?;
            let mut read = |key: i64| query.query_row([key], key_of);
            keys(connection, list)?.into_iter().map(|key| Ok(read(key)?)).collect()
        })
    }
}

/// Adds what is the same for all projects of an owner.
fn with_shared_datasets(connection: &Connection, mut rows: Vec<ProjectRow>) -> rusqlite::Result<Vec<ProjectRow>> {
    let mut query = connection.prepare_cached(
        "SELECT id FROM resource WHERE owner = ?1 AND name = ?2 AND is_retired = 0 ORDER BY key DESC LIMIT 1",
    )?;
    let mut found: HashMap<AccountId, Option<ResourceId>> = HashMap::new();
    for row in &mut rows {
        let owner = row.resource.owner;
        row.shared_datasets = match found.get(&owner) {
            Some(shared) => *shared,
            None => {
                let shared = query.query_row((owner.uuid(), SHARED_DATASETS), |row| Cells::of(row).id()).optional()?;
                *found.entry(owner).or_insert(shared)
            }
        };
    }
    Ok(rows)
}

fn keys(connection: &Connection, list: ListProjects) -> rusqlite::Result<Vec<i64>> {
    let mut holders = match list {
        ListProjects::Of(account) | ListProjects::SeenBy(account) => {
            shelf::holders(connection, Scope::AccessibleTo(account))?
        }
        ListProjects::Public => Vec::new(),
    };
    if !matches!(list, ListProjects::Of(_)) {
        holders.extend(shelf::holders(connection, Scope::Public)?);
    }
    let mut keys = Vec::new();
    for holder in holders {
        keys.extend(shelf::all_keys(connection, holder, ResourceKind::Project)?);
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

fn key_of(row: &Row<'_>) -> rusqlite::Result<ProjectKey> {
    let mut cells = Cells::of(row);
    Ok(ProjectKey {
        key: cells.get()?,
        owner: cells.word()?,
        name: cells.word()?,
        is_featured: cells.get()?,
        registered_at: cells.time()?,
    })
}

fn project(row: &Row<'_>) -> rusqlite::Result<ProjectRow> {
    let mut cells = Cells::of(row);
    Ok(ProjectRow {
        resource: resource_of(&mut cells)?,
        owner: cells.word()?,
        is_busy: cells.get()?,
        is_online: cells.get()?,
        is_latest_rejected: cells.get()?,
        packaged_at: cells.time_if_any()?,
        is_package_current: cells.get::<Option<bool>>()?.unwrap_or_default(),
        shared_datasets: None,
        role: access_of(&mut cells)?.role,
    })
}
