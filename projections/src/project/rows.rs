//! What is known of projects.

use chrono::{DateTime, Utc};
use fieldlog_domain::resource::ProjectType;
use fieldlog_domain::shared::{AccountName, ResourceName};
use fieldlog_domain::{AccountId, ResourceId};

use crate::permission::RoleOf;
use crate::resource::ResourceRow;

/// Which projects are there, oldest first?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListProjects {
    /// Those on which the account has a role for another reason than that everybody sees them.
    Of(AccountId),
    /// These and those that everybody sees.
    SeenBy(AccountId),
    /// Those that everybody sees.
    Public,
}

/// What lists of projects are sorted and searched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectKey {
    /// The row's key.
    pub key: i64,
    /// The name of its owner.
    pub owner: AccountName,
    /// Its name.
    pub name: ResourceName,
    /// Whether lists show it first.
    pub is_featured: bool,
    /// When it came to be.
    pub registered_at: DateTime<Utc>,
}

/// A project as somebody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectRow {
    /// The resource.
    pub resource: ResourceRow,
    /// The name of its owner.
    pub owner: AccountName,
    /// What the viewer may do with it; none when they have no role.
    pub role: Option<RoleOf>,
    /// Whether a job of it is under way, or a state of its project file waits to be looked at: between an upload and its job, and
    /// between a job and its verdict, it has not failed.
    pub is_busy: bool,
    /// Whether a vector layer of what is ready is read from a server; none when nothing is ready.
    pub is_online: Option<bool>,
    /// Whether QGIS could not read what was put forward last.
    pub is_latest_rejected: bool,
    /// When the last package was begun.
    pub packaged_at: Option<DateTime<Utc>>,
    /// Whether the last package certainly holds what is there now: nothing changed since it was begun, and nothing is read from a
    /// server.
    pub is_package_current: bool,
    /// The owner's project with shared datasets.
    pub shared_datasets: Option<ResourceId>,
}

impl ProjectRow {
    /// What it is for.
    pub fn project_type(&self) -> ProjectType {
        self.resource.settings.project_type(&self.resource.name)
    }
}
