//! Why a resource refuses a command.

use thiserror::Error;

use super::{Collaborator, ResourceKind};
use crate::shared::ids::RevisionId;
use crate::shared::{FilePath, Role};

/// Why a resource refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResourceRefusal {
    /// Nobody registered it.
    #[error("there is no such resource")]
    NoSuchResource,
    /// It was registered already, with other facts.
    #[error("the resource is registered already")]
    AlreadyRegistered,
    /// The registration was given up.
    #[error("the registration was given up, please start again")]
    Abandoned,
    /// It is retired.
    #[error("the resource is retired")]
    Retired,
    /// The description is too long.
    #[error("a description has at most {limit} characters, found {found}")]
    DescriptionTooLong {
        /// Characters found.
        found: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// The owner may do everything anyway.
    #[error("the owner cannot be a collaborator")]
    OwnerIsNoCollaborator,
    /// They work on it already, with another role.
    #[error("they are a collaborator already; change the role instead")]
    AlreadyACollaborator(Collaborator),
    /// They do not work on it.
    #[error("they are not a collaborator")]
    NotACollaborator(Collaborator),
    /// Only projects have a QGIS project file.
    #[error("expected a project, found a {}", .0.as_ref())]
    NotAProject(ResourceKind),
    /// QGIS does not open such a file as a project.
    #[error("expected a QGIS project file, .qgs or .qgz, found {0}")]
    NotAProjectFile(FilePath),
    /// A project has one QGIS project file.
    #[error("the project has the QGIS project file {existing}; delete it before another one is added")]
    SecondProjectFile {
        /// The one it has.
        existing: FilePath,
    },
    /// There is nothing QGIS could look at.
    #[error("the project has no QGIS project file; upload a .qgs or .qgz file first")]
    NoProjectFile,
    /// Shared datasets are data; the projects that use them have the QGIS project files.
    #[error("a project named shared_datasets holds data only, without a QGIS project file")]
    ProjectFileInSharedDatasets,
    /// Other projects refer to it by its name.
    #[error("the project shared_datasets keeps its name")]
    SharedDatasetsKeepsItsName,
    /// Everybody cannot manage a project.
    #[error("everybody may be reader, reporter or editor of a public project, found {}", .0.as_ref())]
    PublicRoleTooStrong(Role),
    /// Too few or too many versions to keep.
    #[error("a project keeps 1 to {limit} versions of a file, found {found}")]
    KeepVersions {
        /// What was asked for.
        found: u32,
        /// The most.
        limit: u32,
    },
    /// Nobody staged this revision.
    #[error("there is no revision {0}")]
    NoSuchRevision(RevisionId),
}
