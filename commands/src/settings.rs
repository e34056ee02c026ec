//! What whoever runs Fieldlog may decide about its rules.

use std::time::Duration;

use crate::plan::Plans;
use crate::session::{LockOutSettings, PasswordHashing};

/// What whoever runs Fieldlog may decide about its rules.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who may register.
    pub registration: Registration,
    /// How long a token is good for.
    pub session_lifetime: Duration,
    /// How long a link to set a new password is good for.
    pub password_reset_lifetime: Duration,
    /// When guessing passwords is stopped.
    pub lock_out: LockOutSettings,
    /// How hard a password hash is to compute.
    pub password_hashing: PasswordHashing,
    /// The most bytes one file may have.
    pub upload_limit: u64,
    /// The plans that accounts can be on, beside the one that is there without configuration.
    pub plans: Plans,
    /// The most bytes that all versions of all files in the projects of one owner may have on the plan that is there without
    /// configuration; none: no limit.
    pub storage_quota: Option<u64>,
    /// How many versions of a file are kept on that plan where the project does not say; none: all of them.
    pub keep_versions: Option<u32>,
    /// How often a job is tried at most.
    pub job_max_attempts: u32,
    /// How long a blob that no event refers to is kept, counted from when it was last put.
    pub orphan_grace: Duration,
    /// How often blobs that no event refers to are looked for.
    pub orphan_interval: Duration,
    /// How many aggregates of each kind are kept in memory between commands.
    pub hot_states: u64,
    /// How long to wait for somebody who has just claimed a name before taking the claim for broken off.
    pub claim_patience: Duration,
    /// How long to wait for the read model to be up to date before it cannot be told whether there is such an account or token.
    pub catch_up_patience: Duration,
}

/// Who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Nobody; administrators create accounts.
    Closed,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            session_lifetime: Duration::from_secs(720 * 3600),
            password_reset_lifetime: Duration::from_secs(3600),
            lock_out: LockOutSettings::default(),
            password_hashing: PasswordHashing::default(),
            plans: Plans::default(),
            storage_quota: None,
            keep_versions: None,
            upload_limit: 16 * 1024 * 1024 * 1024,
            job_max_attempts: 5,
            orphan_grace: Duration::from_secs(24 * 3600),
            orphan_interval: Duration::from_secs(3600),
            hot_states: 10_000,
            claim_patience: Duration::from_millis(250),
            catch_up_patience: Duration::from_secs(5),
        }
    }
}
