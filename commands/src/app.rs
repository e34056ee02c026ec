//! What every use case works with.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_eventlog::{EventLog, LogError, Position, Receipt};
use fieldlog_projections::{Behind, ReadModel, View};
use fieldlog_storage::Storage;
use fieldlog_vault::Vault;

use crate::clock::{Clock, SystemClock};
use crate::dispatch::HotStates;
use crate::job_logs::JobLogs;
use crate::session::{LockOut, PasswordHasher};
use crate::settings::Settings;

/// Fieldlog without a face: the log, what is beside it, and the settings. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    log: Arc<dyn EventLog>,
    vault: Vault,
    storage: Storage,
    model: ReadModel,
    clock: Arc<dyn Clock>,
    settings: Settings,
    hot: HotStates,
    job_logs: JobLogs,
    lock_out: LockOut,
    hasher: PasswordHasher,
}

/// Why it cannot be told whether something is there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotUpToDate {
    #[error("the log: {0}")]
    Log(#[from] LogError),
    #[error("the read model: {0}")]
    Model(#[from] Behind),
}

/// Puts an [`App`] together.
pub struct AppBuilder {
    log: Arc<dyn EventLog>,
    vault: Vault,
    storage: Storage,
    model: ReadModel,
    clock: Arc<dyn Clock>,
    settings: Settings,
}

impl App {
    /// Starts from the four parts that have to be opened by somebody.
    pub fn builder(log: Arc<dyn EventLog>, vault: Vault, storage: Storage, model: ReadModel) -> AppBuilder {
        AppBuilder { log, vault, storage, model, clock: Arc::new(SystemClock), settings: Settings::default() }
    }

    /// The event log.
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.inner.log
    }

    /// Where sealed values are opened.
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Where blobs are.
    pub fn storage(&self) -> &Storage {
        &self.inner.storage
    }

    /// This node's read model.
    pub fn model(&self) -> &ReadModel {
        &self.inner.model
    }

    /// What the read model says now.
    pub fn view(&self) -> View {
        self.inner.model.view()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// Log lines of jobs that run in this process.
    pub fn job_logs(&self) -> &JobLogs {
        &self.inner.job_logs
    }

    /// Waits until the read model has seen what the receipt tells of; at once when there is none.
    pub async fn wait_for(&self, receipt: Option<Receipt>, patience: Duration) -> Result<Position, Behind> {
        if let Some(receipt) = receipt {
            self.model().wait_until(receipt.position, patience).await?;
        }
        Ok(self.model().position())
    }

    /// Waits until the read model has seen all that the log holds now. Asked when somebody names what is not found: another
    /// process may have appended it a moment ago.
    pub(crate) async fn catch_up(&self) -> Result<(), NotUpToDate> {
        let head = self.log().head().await?;
        Ok(self.model().wait_until(head, self.settings().catch_up_patience).await?)
    }

    pub(crate) fn hot(&self) -> &HotStates {
        &self.inner.hot
    }

    pub(crate) fn lock_out(&self) -> &LockOut {
        &self.inner.lock_out
    }

    pub(crate) fn hasher(&self) -> &PasswordHasher {
        &self.inner.hasher
    }
}

impl AppBuilder {
    /// Another clock than the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Other settings than the default ones.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The app.
    pub fn build(self) -> App {
        let inner = Inner {
            hot: HotStates::new(self.settings.hot_states),
            job_logs: JobLogs::default(),
            lock_out: LockOut::new(self.settings.lock_out),
            hasher: PasswordHasher::new(self.settings.password_hashing),
            log: self.log,
            vault: self.vault,
            storage: self.storage,
            model: self.model,
            clock: self.clock,
            settings: self.settings,
        };
        App { inner: Arc::new(inner) }
    }
}
