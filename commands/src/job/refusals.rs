//! Why use cases about jobs are refused, beyond the job's own rules.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::resource::{ProjectType, ResourceRefusal};
use thiserror::Error;

use crate::plan::OwnerRefusal;

/// Why a job was not requested.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestJobRefusal {
    /// There is nothing QGIS could look at.
    #[error("the project has no QGIS project file; upload a .qgs or .qgz file first")]
    NoProjectFile,
    /// Nobody works in the field with a template, or with shared datasets.
    #[error("expected a regular project, found a {}", .0.as_ref())]
    NotRegular(ProjectType),
    /// The plan of the project's owner is against it.
    #[error(transparent)]
    Owner(#[from] OwnerRefusal),
    /// A project is made once, when it is registered.
    #[error("a project is made when it is created, not again")]
    MadeAlready,
    /// A rule of the resource.
    #[error(transparent)]
    Resource(ResourceRefusal),
    /// A rule of the job.
    #[error(transparent)]
    Job(#[from] JobRefusal),
}

impl From<ResourceRefusal> for RequestJobRefusal {
    fn from(refusal: ResourceRefusal) -> Self {
        match refusal {
            ResourceRefusal::NoProjectFile => Self::NoProjectFile,
            other => Self::Resource(other),
        }
    }
}
