//! What can happen to a job.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString, IntoStaticStr};

use crate::Sha256Digest;
use crate::aggregate::domain_event;
use crate::shared::FilePath;
use crate::shared::ids::{AccountId, ResourceId, RevisionId, WorkerId};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum JobKind {
    /// Look at a QGIS project file: is it valid, what is in it, how does it look.
    ProcessProjectFile,
    /// Make the project as field clients need it: layers in one file, other data beside it.
    Package,
    /// Write edits that devices pushed into the project's files.
    ApplyDeltas,
    /// Make a project's first files, from a seed or from another project.
    CreateProject,
}

impl JobKind {
    /// Whether it changes its resource, so that two of them may not run on one resource at a time.
    pub fn is_mutating(self) -> bool {
        match self {
            Self::ProcessProjectFile | Self::Package | Self::CreateProject => false,
            Self::ApplyDeltas => true,
        }
    }
}

/// Why a job was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AsRefStr, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum JobCause {
    /// Somebody asked for it.
    Asked,
    /// A policy: the project file has a new revision. Such a job waits until uploads to the project pause.
    RevisionStaged,
    /// A policy: edits wait to be applied.
    DeltasReceived,
    /// A policy: a project was registered that has to be made.
    ProjectRegistered,
    /// A policy: what an earlier job made was out of date when it was done.
    OutOfDate,
}

/// Uploads to a project have paused when nothing came for this long.
pub const UPLOADS_PAUSED: Duration = Duration::from_millis(500);

/// A job that waits for uploads to pause waits no longer than this.
pub const LONGEST_BURST: Duration = Duration::from_secs(5);

/// The longest that a job waits to be tried again.
pub const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(600);

impl JobCause {
    /// Which of one owner's jobs go first: the lower ones, for which somebody waits.
    pub fn priority(self) -> u8 {
        match self {
            Self::Asked | Self::ProjectRegistered => 0,
            Self::DeltasReceived | Self::OutOfDate => 1,
            Self::RevisionStaged => 2,
        }
    }
}

/// The output of a job that applied edits which says what came of each of them.
pub const DELTA_OUTCOMES: &str = "delta_feedback.json";

/// The output of a job that looked at a project which says what became of edits that had been applied.
pub const EDITS_LOOKED_FOR: &str = "edits_looked_for.json";

/// Something a job made, in object storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOutput {
    /// Its name in the job's folder, for example `thumbnail.png`.
    pub name: String,
    /// Its bytes.
    pub digest: Sha256Digest,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// The ETag that field clients compare, where they get to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The bytes that the job was given under this name and that these are to take the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Sha256Digest>,
}

/// A file that a job was given and that is no more when what it made is in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedInput {
    /// Its path in the project.
    pub path: FilePath,
    /// The bytes that the job was given.
    pub digest: Sha256Digest,
}

/// A transaction with edits, in a database on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseCommit {
    /// Which servers number their transactions together, in words of the container.
    pub database: String,
    /// Its number there.
    pub transaction: String,
    /// The blob that says what came of each of its edits if it was committed, as [`DELTA_OUTCOMES`] does.
    pub outcomes: Sha256Digest,
}

/// What became of what a job made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Settlement {
    /// It is part of the resource.
    Taken,
    /// The resource had changed meanwhile: it was thrown away, and another job does the work again.
    OutOfDate,
    /// There was nothing: the job failed or was cancelled.
    Nothing,
}

/// Whose fault a failure is, and so whether trying again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum JobErrorKind {
    /// The project file cannot be read by QGIS.
    InvalidProjectFile,
    /// The container's workflow reported another error.
    Workflow,
    /// It took longer than allowed.
    Timeout,
    /// It needed more memory than allowed.
    OutOfMemory,
    /// It filled more of the disk than allowed.
    OutOfDisk,
    /// The container ended without saying why.
    ContainerFailed,
    /// What the container said cannot be understood.
    BadFeedback,
    /// Container engine, image, storage or worker were not there, time and again.
    Infrastructure,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// Whose fault it is.
    pub kind: JobErrorKind,
    /// For people, without credentials.
    pub message: String,
    /// The step of the workflow where it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// What is left of a run of a container.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunRecord {
    /// The container's exit code; none when it was never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// `feedback.json` as the container left it, redacted; null when there was none or it was too large.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub feedback: serde_json::Value,
    /// The blob with everything the container printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Sha256Digest>,
}

/// The life of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum JobEvent {
    /// Somebody or a policy wants it done.
    JobRequested {
        /// What is to be done.
        kind: JobKind,
        /// To which resource.
        resource: ResourceId,
        /// The revision it is about; none when there is none yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<RevisionId>,
        /// The QGIS project file; none when it is to be made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project_file: Option<FilePath>,
        /// The project file's bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project_file_digest: Option<Sha256Digest>,
        /// Who asked; none when a policy did for nobody in particular.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requester: Option<AccountId>,
        /// Why.
        cause: JobCause,
        /// How often it is tried at most.
        max_attempts: u32,
        /// Whether only the requester gets what it makes: secrets of their own may show them what others do not see.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_private: bool,
    },
    /// A worker has it until `lease_until`.
    JobClaimed {
        /// The worker.
        worker: WorkerId,
        /// 1, 2, 3…
        attempt: u32,
        /// The end of its lease.
        lease_until: DateTime<Utc>,
    },
    /// Its container runs.
    JobStarted {
        /// Which attempt.
        attempt: u32,
        /// The container's id.
        container: String,
        /// The image's name.
        image: String,
        /// The image's digest.
        image_digest: String,
        /// The blob that lists every input file with its digest.
        inputs: Sha256Digest,
    },
    /// Its container is at this step. Not every step is told, nor every percent: what passes quickly is left out.
    JobProgressed {
        /// Which attempt.
        attempt: u32,
        /// The name of the step.
        step: String,
        /// How much of the step is done, from 0 to 100; none when nobody knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
    },
    /// The container is about to commit edits in a database, and does so when this is in the log. Whoever is to do these edits again
    /// asks the database first.
    CommitAnnounced {
        /// Which attempt.
        attempt: u32,
        /// What it is about to commit.
        commit: DatabaseCommit,
    },
    /// The worker is still at it.
    LeaseRenewed {
        /// Which attempt.
        attempt: u32,
        /// The new end of its lease.
        lease_until: DateTime<Utc>,
    },
    /// The worker was not heard of; the job is free again.
    LeaseExpired {
        /// Which attempt.
        attempt: u32,
    },
    /// Something that is nobody's fault went wrong; it is tried again.
    JobRetryScheduled {
        /// Which attempt went wrong.
        attempt: u32,
        /// Not before this.
        not_before: DateTime<Utc>,
        /// For people.
        reason: String,
    },
    /// It is done.
    JobFinished {
        /// Which attempt.
        attempt: u32,
        /// What it made.
        outputs: Vec<JobOutput>,
        /// What it was given that is gone with that: content that is in an output now, or that would mislead beside it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<RemovedInput>,
        /// What is left of the run.
        run: RunRecord,
    },
    /// It cannot be done.
    JobFailed {
        /// Which attempt; 0 when it was never claimed.
        attempt: u32,
        /// Why.
        error: JobError,
        /// What is left of the run.
        run: RunRecord,
    },
    /// Somebody no longer wants it done.
    JobCancelled {},
    /// What came of a job that changes its resource is in its place. Until then no other such job of the resource begins.
    JobSettled {
        /// How.
        settlement: Settlement,
    },
}

impl JobEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::JobRequested { .. }
            | Self::JobClaimed { .. }
            | Self::JobStarted { .. }
            | Self::JobProgressed { .. }
            | Self::CommitAnnounced { .. }
            | Self::LeaseRenewed { .. }
            | Self::LeaseExpired { .. }
            | Self::JobRetryScheduled { .. }
            | Self::JobFinished { .. }
            | Self::JobFailed { .. }
            | Self::JobCancelled {}
            | Self::JobSettled { .. } => "1.0.0",
        }
    }
}

domain_event!(JobEvent);
