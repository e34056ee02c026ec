//! Revisions: states of a resource's project file.

use std::sync::Arc;

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_commands::authz::ResourceAction;
use fieldlog_domain::resource::RevisionState as State;
use fieldlog_domain::{JobId, RevisionId};
use fieldlog_projections::RevisionRow;

use super::details::ProjectDetails;
use crate::graphql::enums::RevisionState;
use crate::graphql::failure::Failure;
use crate::graphql::file::FileVersion;
use crate::graphql::global_id::GlobalId;
use crate::graphql::job::Job;
use crate::graphql::reading::Reading;

/// A state of a resource's project file: staged, then ready or rejected.
pub struct Revision {
    row: RevisionRow,
    reading: Arc<Reading>,
}

impl Revision {
    /// As the reading shows it.
    pub fn new(row: RevisionRow, reading: &Arc<Reading>) -> Self {
        Self { row, reading: reading.clone() }
    }

    /// The revision with this id, if the viewer sees it: ready ones are for whoever sees the resource.
    pub fn find(reading: &Arc<Reading>, id: RevisionId) -> Result<Option<Self>, Failure> {
        let Some(row) = reading.view.revision(id)? else { return Ok(None) };
        let needed = match row.state {
            State::Ready => ResourceAction::See,
            State::Staged | State::Superseded | State::Rejected => ResourceAction::SeeUnready,
        };
        Ok(reading.may(needed, row.resource)?.then(|| Self::new(row, reading)))
    }
}

/// A state of a resource's project file: staged, then ready or rejected.
#[Object]
impl Revision {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::Revision(self.row.id).into()
    }

    /// Where it is on its way.
    async fn state(&self) -> RevisionState {
        self.row.state.into()
    }

    /// The QGIS project file.
    async fn project_file(&self) -> &str {
        self.row.project_file.as_str()
    }

    /// The project file's version.
    async fn version(&self) -> Result<Option<FileVersion>, Failure> {
        FileVersion::find(&self.reading, self.row.version)
    }

    /// When it was put forward.
    async fn staged_at(&self) -> DateTime<Utc> {
        self.row.staged_at
    }

    /// When it became ready, rejected or superseded.
    async fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.row.settled_at
    }

    /// Why it was rejected.
    async fn rejection(&self) -> Option<Rejection> {
        let reason = self.row.reason.clone()?;
        Some(Rejection { code: reason.code, message: reason.message })
    }

    /// What QGIS found in it, once it was looked at.
    async fn details(&self) -> Result<Option<ProjectDetails>, Failure> {
        Ok(self.reading.view.details(self.row.id)?.map(ProjectDetails::from))
    }

    /// The job that looks at it, once it is requested.
    async fn job(&self) -> Result<Option<Job>, Failure> {
        let job = self.reading.job(JobId::of_revision(self.row.id))?;
        Ok(job.map(|row| Job::new(row, &self.reading)))
    }
}

/// Why a revision was rejected.
#[derive(SimpleObject)]
pub struct Rejection {
    /// For programs, for example `INVALID_PROJECT_FILE`.
    code: String,
    /// For people.
    message: String,
}
