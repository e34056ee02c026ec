//! What can be asked of a job.

use chrono::{DateTime, Utc};

use crate::Sha256Digest;
use crate::shared::FilePath;
use crate::shared::ids::{AccountId, JobId, ResourceId, RevisionId, WorkerId, with_time_of};

use super::{DatabaseCommit, JobCause, JobError, JobKind, JobOutput, RemovedInput, RunRecord, Settlement};

/// Ask for a job.
#[derive(Debug, Clone)]
pub struct RequestJob {
    /// What is to be done.
    pub kind: JobKind,
    /// To which resource.
    pub resource: ResourceId,
    /// The revision it is about; none when there is none yet.
    pub revision: Option<RevisionId>,
    /// The QGIS project file; none when it is to be made.
    pub project_file: Option<FilePath>,
    /// The project file's bytes.
    pub project_file_digest: Option<Sha256Digest>,
    /// Who asks.
    pub requester: Option<AccountId>,
    /// Why.
    pub cause: JobCause,
    /// How often it is tried at most.
    pub max_attempts: u32,
    /// Whether only who asks gets what it makes.
    pub is_private: bool,
}

impl JobId {
    /// The job that looks at a revision. There is one, whoever asks for it first.
    pub fn of_revision(revision: RevisionId) -> Self {
        Self(with_time_of(revision.0, uuid::Uuid::new_v5(&revision.0, b"process_project_file")))
    }

    /// The job that makes a project. There is one, whoever asks for it first.
    pub fn of_new_project(project: ResourceId) -> Self {
        Self(with_time_of(project.0, uuid::Uuid::new_v5(&project.0, b"create_project")))
    }
}

/// Any command to a job.
#[derive(Debug, Clone)]
pub enum JobCommand {
    /// See [`RequestJob`].
    Request(RequestJob),
    /// Take it.
    Claim {
        /// The worker.
        worker: WorkerId,
        /// The time.
        now: DateTime<Utc>,
        /// The end of the lease.
        lease_until: DateTime<Utc>,
    },
    /// Say that its container runs.
    Start {
        /// Which attempt.
        attempt: u32,
        /// The container's id.
        container: String,
        /// The image's name.
        image: String,
        /// The image's digest.
        image_digest: String,
        /// The blob that lists the inputs.
        inputs: Sha256Digest,
    },
    /// Say which step its container is at.
    ReportProgress {
        /// Which attempt.
        attempt: u32,
        /// The name of the step.
        step: String,
        /// How much of the step is done; more than 100 is 100.
        percent: Option<u8>,
    },
    /// Say that its container is about to commit edits in a database.
    AnnounceCommit {
        /// Which attempt.
        attempt: u32,
        /// What it is about to commit.
        commit: DatabaseCommit,
    },
    /// Say that the worker is still at it.
    RenewLease {
        /// Which attempt.
        attempt: u32,
        /// The new end of the lease.
        lease_until: DateTime<Utc>,
    },
    /// Take it from a worker that was not heard of.
    ExpireLease {
        /// The end of the lease that somebody has waited for in vain. A worker that was heard of since has another one.
        lease_until: DateTime<Utc>,
    },
    /// Try it again later; fails it when it was tried often enough.
    ScheduleRetry {
        /// Which attempt went wrong.
        attempt: u32,
        /// Not before this.
        not_before: DateTime<Utc>,
        /// For people.
        reason: String,
    },
    /// Say that it is done.
    Finish {
        /// Which attempt.
        attempt: u32,
        /// What it made.
        outputs: Vec<JobOutput>,
        /// What it was given that is gone.
        removed: Vec<RemovedInput>,
        /// What is left of the run.
        run: RunRecord,
    },
    /// Say that it cannot be done.
    Fail {
        /// Which attempt.
        attempt: u32,
        /// Why.
        error: JobError,
        /// What is left of the run.
        run: RunRecord,
    },
    /// Say that nobody wants it any more.
    Cancel,
    /// Say that what came of it is in its place.
    Settle(Settlement),
}
