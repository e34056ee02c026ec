//! Questions about jobs.

use fieldlog_domain::job::JobState;
use fieldlog_domain::{JobId, ResourceId};

use super::JobRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

/// Which jobs are there, newest first?
#[derive(Debug, Clone, Default)]
pub struct ListJobs {
    /// On this resource only.
    pub resource: Option<ResourceId>,
    /// In one of these states only.
    pub states: Option<Vec<JobState>>,
    /// Which part of the list.
    pub page: Page,
}

impl View {
    /// The job with this id.
    pub fn job(&self, id: JobId) -> Result<Option<JobRow>, ReadError> {
        todo!("{id}")
    }

    /// Those of these jobs that exist, in the order of `ids`.
    pub fn jobs_by_id(&self, ids: &[JobId]) -> Result<Vec<JobRow>, ReadError> {
        todo!("{ids:?}")
    }

    /// Answers [`ListJobs`].
    pub fn jobs(&self, list: ListJobs) -> Result<Listed<JobRow>, ReadError> {
        todo!("{list:?}")
    }

    /// `feedback.json` as the container left it, redacted.
    pub fn job_feedback(&self, id: JobId) -> Result<Option<serde_json::Value>, ReadError> {
        todo!("{id}")
    }
}
