//! Edits that devices pushed, and those that undo or replace them.

use std::sync::Arc;

use async_graphql::{Json, Object};
use chrono::{DateTime, Utc};
use fieldlog_domain::DeltaId;
use fieldlog_projections::DeltaRow;
use uuid::Uuid;

use crate::graphql::account::{self, Account};
use crate::graphql::change_set::conflict::EditConflict;
use crate::graphql::change_set::taken_back::EditTakenBack;
use crate::graphql::enums::DeltaStatus;
use crate::graphql::failure::Failure;
use crate::graphql::job::Job;
use crate::graphql::reading::Reading;

/// One edit of one feature, made on a device, or to undo or replace such an edit.
pub struct Delta {
    row: DeltaRow,
    reading: Arc<Reading>,
}

impl Delta {
    /// From its row.
    pub fn new(row: DeltaRow, reading: &Arc<Reading>) -> Self {
        Self { row, reading: Arc::clone(reading) }
    }

    fn other(&self, id: Option<DeltaId>) -> Result<Option<Self>, Failure> {
        let Some(id) = id else { return Ok(None) };
        Ok(self.reading.view.delta(self.row.resource, id)?.map(|row| Self::new(row, &self.reading)))
    }
}

#[Object]
impl Delta {
    /// Which one, as the device named it.
    async fn uuid(&self) -> Uuid {
        self.row.id.uuid()
    }

    /// The delta file it came with.
    async fn delta_file(&self) -> Uuid {
        self.row.delta_file
    }

    /// How it fares.
    async fn status(&self) -> DeltaStatus {
        self.row.status.into()
    }

    /// What there is to say about that.
    async fn feedback(&self) -> Option<Json<serde_json::Value>> {
        self.row.feedback.clone().map(Json)
    }

    /// The key of its feature in the data, once it was applied.
    async fn modified_pk(&self) -> Option<&str> {
        self.row.modified_pk.as_deref()
    }

    /// The feature's attributes and geometry before it was applied, as far as the edit is about them.
    async fn before(&self) -> Option<Json<serde_json::Value>> {
        self.row.before.clone().map(Json)
    }

    /// The same afterwards.
    async fn after(&self) -> Option<Json<serde_json::Value>> {
        self.row.after.clone().map(Json)
    }

    /// Both sides, while it is in conflict.
    async fn conflict(&self) -> Option<EditConflict> {
        EditConflict::of(&self.row)
    }

    /// The columns that it names and its layer does not have; `reopenDeltas` takes where their values belong.
    async fn missing_columns(&self) -> Vec<&str> {
        let told = self.row.feedback.as_ref().and_then(|feedback| feedback.get("missing_columns"));
        let names = told.and_then(serde_json::Value::as_array);
        names.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
    }

    /// The edit that it undoes.
    async fn undoes(&self) -> Result<Option<Self>, Failure> {
        self.other(self.row.undoes)
    }

    /// The edit that undoes it, or will when it is applied.
    async fn undone_by(&self) -> Result<Option<Self>, Failure> {
        self.other(self.row.undone_by)
    }

    /// The edit in whose place it is stored.
    async fn replaces(&self) -> Result<Option<Self>, Failure> {
        self.other(self.row.replaces)
    }

    /// The edit that is stored in its place.
    async fn replaced_by(&self) -> Result<Option<Self>, Failure> {
        self.other(self.row.replaced_by)
    }

    /// Who brought a file without it, once it was taken back; null when it was applied again since.
    async fn taken_back(&self) -> Option<EditTakenBack> {
        self.row.taken_back.clone().map(|told| EditTakenBack::new(told, &self.reading))
    }

    /// The job that tried to apply it last.
    async fn job(&self) -> Result<Option<Job>, Failure> {
        let Some(job) = self.row.job else { return Ok(None) };
        Ok(self.reading.job(job)?.map(|row| Job::new(row, &self.reading)))
    }

    /// The edit as the device wrote it.
    async fn content(&self) -> Json<serde_json::Value> {
        Json(self.row.content.clone())
    }

    /// Who pushed it; null when nobody in particular did.
    async fn pushed_by(&self) -> Result<Option<Account>, Failure> {
        match self.row.added_by {
            Some(id) => Ok(Some(account::found(&self.reading, id).await?)),
            None => Ok(None),
        }
    }

    /// When it was pushed.
    async fn pushed_at(&self) -> DateTime<Utc> {
        self.row.added_at
    }

    /// When its status changed last.
    async fn changed_at(&self) -> DateTime<Utc> {
        self.row.changed_at
    }
}
