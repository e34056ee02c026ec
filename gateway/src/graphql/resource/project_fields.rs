//! What projects have and other resources have not.

use std::sync::Arc;

use async_graphql::Object;
use fieldlog_commands::authz::ResourceAction;
use fieldlog_domain::secret::SecretHolder;
use fieldlog_domain::shared::FilePath;
use fieldlog_projections::{ListDeltas, ListJobs, ResourceRow};
use uuid::Uuid;

use super::delta::Delta;
use super::details::ProjectDetails;
use super::revision::Revision;
use crate::graphql::change_set::columns::ColumnMapping;
use crate::graphql::enums::{DeltaStatus, JobState, ProjectType};
use crate::graphql::failure::Failure;
use crate::graphql::job::Job;
use crate::graphql::pages::{self, Part};
use crate::graphql::project::settings::ProjectSettings;
use crate::graphql::reading::Reading;
use crate::graphql::secret::Secret;

/// What projects have and other resources have not.
pub struct ProjectFields<'a> {
    /// The project.
    pub row: &'a ResourceRow,
    /// What it was read with.
    pub reading: &'a Arc<Reading>,
}

#[Object]
impl ProjectFields<'_> {
    /// The path of its QGIS project file; null while there is none.
    async fn project_file(&self) -> Option<&str> {
        self.row.project_file.as_ref().map(FilePath::as_str)
    }

    /// The last revision QGIS could read: what readers see.
    async fn ready_revision(&self) -> Result<Option<Revision>, Failure> {
        match self.row.ready {
            Some(id) => Revision::find(self.reading, id),
            None => Ok(None),
        }
    }

    /// The last revision, whatever became of it; null for those who see ready ones only, unless it is ready.
    async fn latest_revision(&self) -> Result<Option<Revision>, Failure> {
        match self.row.latest {
            Some(id) => Revision::find(self.reading, id),
            None => Ok(None),
        }
    }

    /// The revisions, newest first; for those who may change files.
    async fn revisions(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Part<Revision>, Failure> {
        self.reading.demand(ResourceAction::SeeUnready, self.row.id)?;
        let listed = self.reading.view.revisions(self.row.id, pages::page(first, after, last, before)?)?;
        Ok(pages::part(listed, |row| Revision::new(row, self.reading)))
    }

    /// What QGIS found in the last revision it could read.
    async fn details(&self) -> Result<Option<ProjectDetails>, Failure> {
        let Some(ready) = self.row.ready else { return Ok(None) };
        Ok(self.reading.view.details(ready)?.map(ProjectDetails::from))
    }

    /// What it is for.
    async fn project_type(&self) -> ProjectType {
        self.row.settings.project_type(&self.row.name).into()
    }

    /// What the people who manage it decided.
    async fn settings(&self) -> ProjectSettings {
        self.row.settings.clone().into()
    }

    /// Where the values of columns belong that edits name and their layers do not have; for those who may push edits.
    async fn column_mappings(&self) -> Result<Vec<ColumnMapping>, Failure> {
        self.reading.demand(ResourceAction::SeeEdits, self.row.id)?;
        let mapped = self.reading.view.mapped_columns(self.row.id)?;
        Ok(mapped.into_iter().map(ColumnMapping::from).collect())
    }

    /// The edits that devices pushed, and those that undo or replace them, the first one first; for those who may push some.
    #[allow(clippy::too_many_arguments, reason = "what may be asked of this list, and of every list")]
    async fn deltas(
        &self,
        #[graphql(desc = "From this delta file only.")] delta_file: Option<Uuid>,
        #[graphql(desc = "Only those that fare like this.")] statuses: Option<Vec<DeltaStatus>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Part<Delta>, Failure> {
        self.reading.demand(ResourceAction::SeeEdits, self.row.id)?;
        let list = ListDeltas { resource: self.row.id, delta_file };
        let statuses: Option<Vec<_>> = statuses.map(|statuses| statuses.into_iter().map(Into::into).collect());
        let page = pages::page(first, after, last, before)?;
        let listed = self.reading.view.deltas_of(list, statuses.as_deref(), page)?;
        Ok(pages::part(listed, |row| Delta::new(row, self.reading)))
    }

    /// How many edits were in the data until somebody brought a file without them: `applyTakenBack` applies them again. For those who
    /// may push edits.
    async fn taken_back_edits(&self) -> Result<u64, Failure> {
        self.reading.demand(ResourceAction::SeeEdits, self.row.id)?;
        Ok(self.reading.view.taken_back_count(self.row.id)?)
    }

    /// The secrets that its jobs see, oldest first, beside those of the organization that owns it; for those who manage them.
    async fn secrets(&self, first: Option<i32>, after: Option<String>) -> Result<Part<Secret>, Failure> {
        self.reading.demand(ResourceAction::ManageSecrets, self.row.id)?;
        let holder = SecretHolder::Project(self.row.id);
        let listed = self.reading.view.secrets(holder, pages::forward(first, after)?)?;
        Ok(pages::part(listed, |row| Secret::new(row, self.reading)))
    }

    /// Its jobs, newest first.
    async fn jobs(
        &self,
        #[graphql(desc = "In one of these states only.")] states: Option<Vec<JobState>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Part<Job>, Failure> {
        self.reading.demand(ResourceAction::SeeJobs, self.row.id)?;
        let list = ListJobs {
            resource: Some(self.row.id),
            states: states.map(|states| states.into_iter().map(Into::into).collect()),
            page: pages::page(first, after, last, before)?,
        };
        Ok(pages::part(self.reading.view.jobs(list)?, |row| Job::new(row, self.reading)))
    }
}
