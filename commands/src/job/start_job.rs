//! Say that a job's container runs.

use fieldlog_domain::Sha256Digest;
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::{CommandId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Say that a job's container runs.
#[derive(Debug, Clone)]
pub struct StartJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub attempt: u32,
    /// The container's id.
    pub container: String,
    /// The image's name.
    pub image: String,
    /// The image's digest.
    pub image_digest: String,
    /// The blob that lists the inputs.
    pub inputs: Sha256Digest,
}

/// Say that a job's container runs.
pub async fn start_job(app: &App, viewer: &Viewer, input: StartJob) -> Result<Done<()>, CommandError<JobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
