//! Why use cases about projects are refused, beyond the resource's own rules.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::shared::ResourceName;
use thiserror::Error;

use crate::plan::OwnerRefusal;

/// Why a project was not created or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProjectRefusal {
    /// The owner has another project of this name.
    #[error("there is a project {name} already")]
    NameTaken {
        /// The name that was asked for.
        name: ResourceName,
    },
    /// Shared datasets are not copied: projects refer to them.
    #[error("shared datasets cannot be copied")]
    NotCopyable,
    /// The plan of its owner-to-be is against it.
    #[error(transparent)]
    Owner(#[from] OwnerRefusal),
    /// A rule of the resource.
    #[error(transparent)]
    Resource(#[from] ResourceRefusal),
}

/// Why somebody cannot work on a project.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CollaboratorRefusal {
    /// Only persons and teams are collaborators.
    #[error("expected a person or a team as collaborator, found an organization")]
    IsAnOrganization,
    /// A project of an organization is worked on by people of the organization.
    #[error("the person does not belong to the organization that owns the project; add them as a member first")]
    NotInTheOrganization,
    /// Teams work on projects of their own organization only.
    #[error("the team does not belong to the organization that owns the project")]
    TeamOfAnother,
    /// A rule of the resource.
    #[error(transparent)]
    Resource(#[from] ResourceRefusal),
}
