//! What is known of jobs.

use chrono::{DateTime, Utc};
use fieldlog_domain::job::{JobCause, JobError, JobKind, JobOutput, JobState};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, JobId, ResourceId, RevisionId, Sha256Digest, WorkerId};

/// One piece of work for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Which one.
    pub id: JobId,
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
    /// Where it is on its way.
    pub state: JobState,
    /// Who asked; none when a policy did for nobody in particular.
    pub requester: Option<AccountId>,
    /// Whether only who asked gets what it makes.
    pub is_private: bool,
    /// Why.
    pub cause: JobCause,
    /// The attempt that has it or had it last; 0 when it was never claimed.
    pub attempt: u32,
    /// How often it is tried at most.
    pub max_attempts: u32,
    /// The worker that has it or had it last.
    pub worker: Option<WorkerId>,
    /// The end of the worker's lease, while it has one.
    pub lease_until: Option<DateTime<Utc>>,
    /// Not to be claimed before this.
    pub not_before: Option<DateTime<Utc>>,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// When the last attempt began.
    pub claimed_at: Option<DateTime<Utc>>,
    /// When the last attempt's container began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    pub ended_at: Option<DateTime<Utc>>,
    /// When what came of it was in its place, for jobs that change their resource.
    pub settled_at: Option<DateTime<Utc>>,
    /// The step its container is at, while it runs and says so.
    pub step: Option<String>,
    /// How much of that step is done, from 0 to 100, where it is known.
    pub percent: Option<u8>,
    /// The last attempt's container.
    pub container: Option<String>,
    /// The last attempt's image.
    pub image: Option<String>,
    /// The last attempt's image, by digest.
    pub image_digest: Option<String>,
    /// The blob that lists the last attempt's inputs.
    pub inputs: Option<Sha256Digest>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// The container's exit code.
    pub exit_code: Option<i64>,
    /// The blob with everything the container printed.
    pub log: Option<Sha256Digest>,
    /// What it made.
    pub outputs: Vec<JobOutput>,
}
