//! Why use cases about jobs are refused, beyond the job's own rules.

use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::resource::ResourceRefusal;
use thiserror::Error;

/// Why a job was not requested.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestJobRefusal {
    /// There is nothing QGIS could look at.
    #[error("the project has no QGIS project file; upload a .qgs or .qgz file first")]
    NoProjectFile,
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
