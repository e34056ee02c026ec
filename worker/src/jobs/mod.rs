//! The kinds of jobs: what runs in the container, and what its end means.
//!
//! A new kind is a file here and a line in [`of_kind`].

mod feedback;
mod process_project_file;

use std::time::Duration;

use fieldlog_domain::job::{JobError, JobErrorKind, JobKind};
use fieldlog_projections::JobRow;
use serde_json::Value;

use crate::containers::Exit;
use process_project_file::ProcessProjectFile;

/// The register.
pub(crate) fn of_kind(kind: JobKind) -> &'static dyn ContainerJob {
    match kind {
        JobKind::ProcessProjectFile => &ProcessProjectFile,
    }
}

/// A kind of job that runs in a container.
pub(crate) trait ContainerJob: Send + Sync {
    /// The program and its arguments.
    fn command(&self, job: &JobRow) -> Vec<String>;

    /// The files that may be taken from the job directory when the job is done.
    fn outputs(&self) -> &'static [OutputRule];

    /// Whether the feedback of a container that ended well says everything that is needed; else what is missing.
    fn check(&self, feedback: &Value) -> Result<(), String>;
}

/// A file that a container may leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputRule {
    /// Its name in the job directory.
    pub(crate) name: &'static str,
    /// What it is taken for.
    pub(crate) media_type: &'static str,
    /// How it has to begin.
    pub(crate) magic: &'static [u8],
    /// The most bytes.
    pub(crate) limit: u64,
}

/// What a container left when it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    /// The time it was allowed, when it took longer and was killed for it.
    pub(crate) timed_out: Option<Duration>,
    /// The memory it was allowed.
    pub(crate) memory_bytes: u64,
    /// `feedback.json`, redacted; null when there is none; or why it cannot be understood.
    pub(crate) feedback: Result<Value, String>,
}

/// Says whether a container's work is done, and if not, whose fault it is (QFieldCloud reference, section 7.5).
pub(crate) fn judge(kind: &dyn ContainerJob, ended: &Ended) -> Result<(), JobError> {
    let error = |kind, message: String| Err(JobError { kind, message, step: None });
    let feedback = ended.feedback.as_ref();
    let step = || feedback.ok().and_then(feedback::step_in_progress);
    if let Some(allowed) = ended.timed_out {
        let message = format!("it took longer than the {} s it is allowed", allowed.as_secs_f64());
        return Err(JobError { kind: JobErrorKind::Timeout, message, step: step() });
    }
    // Also with exit code 0: then a child process was killed, and what it did is missing.
    if ended.exit.out_of_memory {
        let message = format!("it needed more than the {} MiB of memory it is allowed", ended.memory_bytes >> 20);
        return Err(JobError { kind: JobErrorKind::OutOfMemory, message, step: step() });
    }
    if let Some(failure) = feedback.ok().and_then(feedback::failure) {
        return Err(failure);
    }
    match (ended.exit.code, feedback) {
        (0, Ok(Value::Null)) => error(JobErrorKind::BadFeedback, "the container left no feedback.json".to_owned()),
        (0, Ok(feedback)) => kind.check(feedback).or_else(|missing| error(JobErrorKind::BadFeedback, missing)),
        (0, Err(why)) => error(JobErrorKind::BadFeedback, why.clone()),
        (Exit::KILLED, _) => error(JobErrorKind::ContainerFailed, "the container was killed".to_owned()),
        (code, _) => error(JobErrorKind::ContainerFailed, format!("the container ended with exit code {code}")),
    }
}
