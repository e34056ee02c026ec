//! A worker in the test's own process, which works by saying that it did.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_commands::job::*;
use fieldlog_commands::{App, Done, Viewer};
use fieldlog_domain::job::{JobError, JobErrorKind, RunRecord};
use fieldlog_domain::{JobId, Sha256Digest, WorkerId};
use fieldlog_eventlog::EventLog;
use fieldlog_projections::{ReadModel, ReadModelOptions};
use fieldlog_storage::{Storage, StorageOptions, StorageUrl};
use fieldlog_vault::{MasterKey, Vault, VaultUrl};

use super::fieldlog::Fieldlog;
use super::wait::SHORT;

pub struct ByHand {
    app: App,
    viewer: Viewer,
}

impl ByHand {
    /// Beside whatever runs over the same folder.
    pub async fn beside(fieldlog: &Fieldlog) -> Self {
        let data = fieldlog.data();
        let url = format!("sqlite:{}", data.join("log.sqlite").display());
        let log: Arc<dyn EventLog> = fieldlog_eventlog::open(&url.parse().unwrap()).await.unwrap();
        let master = MasterKey::from_file_or_create(&data.join("master.key")).unwrap();
        let vault = Vault::open(&VaultUrl::Sqlite(data.join("vault.sqlite")), master).await.unwrap();
        let storage = Storage::open(&StorageUrl::File(data.join("blobs")), &StorageOptions::default()).unwrap();
        let models = fieldlog.path("by-hand");
        let model = ReadModel::start(&models, Arc::clone(&log), ReadModelOptions::default()).await.unwrap();
        Self { app: App::builder(log, vault, storage, model).build(), viewer: Viewer::system(None) }
    }

    /// Claims a job and starts it; the answer is the attempt.
    pub async fn start(&self, job: JobId) -> u32 {
        let worker = WorkerId(uuid::Uuid::now_v7());
        let claim = ClaimJob { command_id: None, job, worker, lease: Duration::from_secs(600) };
        let attempt = claim_job(&self.app, &self.viewer, claim).await.unwrap().value;
        let start = StartJob {
            command_id: None,
            job,
            attempt,
            container: "by hand".into(),
            image: "fieldlog-qgis".into(),
            image_digest: "sha256:1".into(),
            inputs: Sha256Digest::of(b""),
        };
        self.seen(start_job(&self.app, &self.viewer, start).await.unwrap()).await;
        attempt
    }

    pub async fn report(&self, job: JobId, attempt: u32, step: &str, percent: Option<u8>) {
        let report = ReportProgress { command_id: None, job, attempt, step: step.to_owned(), percent };
        self.seen(report_progress(&self.app, &self.viewer, report).await.unwrap()).await;
    }

    /// To be tried again at once.
    pub async fn retry(&self, job: JobId, attempt: u32, reason: &str) {
        let retry = ScheduleRetry { command_id: None, job, attempt, delay: Duration::ZERO, reason: reason.to_owned() };
        self.seen(schedule_retry(&self.app, &self.viewer, retry).await.unwrap()).await;
    }

    pub async fn finish(&self, job: JobId, attempt: u32, log: &str) {
        let blob = self.app.storage().put_bytes(log.to_owned().into()).await.unwrap();
        let run = RunRecord { exit_code: Some(0), log: Some(blob.digest), ..RunRecord::default() };
        let finish = FinishJob { command_id: None, job, attempt, outputs: vec![], removed: vec![], run };
        self.seen(finish_job(&self.app, &self.viewer, finish).await.unwrap()).await;
    }

    pub async fn fail(&self, job: JobId, attempt: u32, message: &str, step: &str) {
        let error = JobError { kind: JobErrorKind::Workflow, message: message.to_owned(), step: Some(step.to_owned()) };
        let fail = FailJob { command_id: None, job, attempt, error, run: RunRecord::default() };
        self.seen(fail_job(&self.app, &self.viewer, fail).await.unwrap()).await;
    }

    async fn seen(&self, done: Done<()>) {
        self.app.wait_for(done.receipt, SHORT).await.unwrap();
    }
}
