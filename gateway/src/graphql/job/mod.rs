//! Jobs: pieces of work for a container.

pub mod log;
pub mod mutations;
pub mod queries;
pub mod subscriptions;

use std::sync::Arc;

use async_graphql::{ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_commands::authz::ResourceAction;
use fieldlog_domain::job::{JobError as Error, JobOutput as Output};
use fieldlog_domain::shared::FilePath;
use fieldlog_projections::JobRow;
use uuid::Uuid;

use super::account::Account;
use super::enums::{JobCause, JobErrorKind, JobKind, JobState};
use super::failure::Failure;
use super::global_id::GlobalId;
use super::reading::Reading;
use super::resource::revision::Revision;
use super::resource::{self, Resource};
use super::scalars::ByteCount;

/// A piece of work for a container.
pub struct Job {
    row: JobRow,
    reading: Arc<Reading>,
}

impl Job {
    /// As the reading shows it.
    pub fn new(row: JobRow, reading: &Arc<Reading>) -> Self {
        reading.expect_accounts(row.requester);
        reading.expect_resources([row.resource]);
        Self { row, reading: reading.clone() }
    }
}

/// A piece of work for a container.
#[Object]
impl Job {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::Job(self.row.id).into()
    }

    /// The id alone, as URLs use it.
    async fn uuid(&self) -> Uuid {
        self.row.id.uuid()
    }

    /// What it does.
    async fn kind(&self) -> JobKind {
        self.row.kind.into()
    }

    /// Where it is on its way.
    async fn state(&self) -> JobState {
        self.row.state.into()
    }

    /// Why it was requested.
    async fn cause(&self) -> JobCause {
        self.row.cause.into()
    }

    /// What it is about.
    async fn resource(&self) -> Result<Option<Resource>, Failure> {
        resource::find(&self.reading, self.row.resource)
    }

    /// The revision it looks at; null for those who see ready ones only.
    async fn revision(&self) -> Result<Option<Revision>, Failure> {
        let Some(revision) = self.row.revision else { return Ok(None) };
        Revision::find(&self.reading, revision)
    }

    /// The QGIS project file it works on; null when it is to make it.
    async fn project_file(&self) -> Option<&str> {
        self.row.project_file.as_ref().map(FilePath::as_str)
    }

    /// Who asked; null when Fieldlog did by itself.
    async fn requester(&self) -> Result<Option<Account>, Failure> {
        let Some(id) = self.row.requester else { return Ok(None) };
        Ok(self.reading.account(id)?.map(|row| Account::new(row, &self.reading)))
    }

    /// Which attempt has it or had it last; 0 when none had.
    async fn attempt(&self) -> u32 {
        self.row.attempt
    }

    /// How often it is tried at most.
    async fn max_attempts(&self) -> u32 {
        self.row.max_attempts
    }

    /// When it was requested.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.row.requested_at
    }

    /// When a worker took it last.
    async fn claimed_at(&self) -> Option<DateTime<Utc>> {
        self.row.claimed_at
    }

    /// When its container was started last.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.row.started_at
    }

    /// How far its container is; null when none runs, or when it says nothing.
    async fn progress(&self) -> Option<JobProgress> {
        let step = self.row.step.clone()?;
        Some(JobProgress { step, percent: self.row.percent })
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.row.ended_at
    }

    /// When what came of it was in its place, for jobs that change their project.
    async fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.row.settled_at
    }

    /// It is not tried before this, when it waits to be tried again.
    async fn not_before(&self) -> Option<DateTime<Utc>> {
        self.row.not_before
    }

    /// The worker that has it or had it last.
    async fn worker(&self) -> Option<Uuid> {
        self.row.worker.map(|worker| worker.uuid())
    }

    /// The image its container runs.
    async fn image(&self) -> Option<&str> {
        self.row.image.as_deref()
    }

    /// The digest of the image its container runs.
    async fn image_digest(&self) -> Option<&str> {
        self.row.image_digest.as_deref()
    }

    /// Why it failed.
    async fn error(&self) -> Option<JobError> {
        self.row.error.clone().map(JobError::from)
    }

    /// The container's exit code.
    async fn exit_code(&self) -> Option<i64> {
        self.row.exit_code
    }

    /// What the container reported, without credentials; null until it ended.
    async fn feedback(&self) -> Result<Option<Json<serde_json::Value>>, Failure> {
        Ok(self.reading.view.job_feedback(self.row.id)?.map(Json))
    }

    /// What it made.
    async fn outputs(&self) -> Vec<JobOutput> {
        self.row.outputs.iter().map(|output| JobOutput::new(output, self)).collect()
    }

    /// Where everything its container printed is, once it ended; for those who may upload files.
    async fn log_url(&self) -> Result<Option<String>, Failure> {
        let is_there = self.row.log.is_some() && self.reading.may(ResourceAction::ReadJobLog, self.row.resource)?;
        Ok(is_there.then(|| self.reading.gateway.url(&format!("/jobs/{}/log", self.row.id))))
    }
}

/// How far a job's container is. It is told every few seconds, by the worker, through the log.
#[derive(SimpleObject)]
pub struct JobProgress {
    /// The name of the step it is at.
    step: String,
    /// How much of that step is done, from 0 to 100; null when nobody knows.
    percent: Option<u8>,
}

/// Why a job failed.
#[derive(SimpleObject)]
pub struct JobError {
    /// Whose fault it is.
    kind: JobErrorKind,
    /// For people.
    message: String,
    /// The step of the workflow where it stopped.
    step: Option<String>,
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self { kind: error.kind.into(), message: error.message, step: error.step }
    }
}

/// Something a job made.
#[derive(SimpleObject)]
pub struct JobOutput {
    /// Its name, for example `thumbnail.png`.
    name: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    sha256: String,
    /// Bytes.
    size: ByteCount,
    /// Media type.
    media_type: String,
    /// Where its bytes are.
    url: String,
}

impl JobOutput {
    fn new(output: &Output, job: &Job) -> Self {
        let path = format!("/jobs/{}/outputs/{}", job.row.id, crate::files::encode(&output.name));
        Self {
            name: output.name.clone(),
            sha256: output.digest.to_hex(),
            size: ByteCount(output.size),
            media_type: output.media_type.clone(),
            url: job.reading.gateway.url(&path),
        }
    }
}
