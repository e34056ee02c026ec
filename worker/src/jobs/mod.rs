//! The kinds of jobs: what runs in the container, and what its end means.
//!
//! A new kind is a file here and a line in [`of_kind`].

mod apply_deltas;
mod commits;
mod create_project;
mod feedback;
mod package;
mod process_project_file;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use fieldlog_commands::job::JobInputs;
use fieldlog_domain::job::{JobError, JobErrorKind, JobKind};
use fieldlog_domain::{DeltaId, Sha256Digest};
use fieldlog_projections::{JobRow, ReadError, View};
use serde_json::Value;

use crate::containers::Exit;
use apply_deltas::ApplyDeltas;
pub(crate) use commits::Announcement;
use create_project::CreateProject;
use package::Package;
use process_project_file::ProcessProjectFile;

/// The register.
pub(crate) fn of_kind(kind: JobKind) -> &'static dyn ContainerJob {
    match kind {
        JobKind::ProcessProjectFile => &ProcessProjectFile,
        JobKind::Package => &Package,
        JobKind::ApplyDeltas => &ApplyDeltas,
        JobKind::CreateProject => &CreateProject,
    }
}

/// A kind of job that runs in a container.
pub(crate) trait ContainerJob: Send + Sync {
    /// What it is told besides the project's files, by what the read model shows now.
    fn brief(&self, _view: &View, _job: &JobRow) -> Result<Brief, ReadError> {
        Ok(Brief::default())
    }

    /// The program and its arguments.
    fn command(&self, job: &JobRow, inputs: &JobInputs) -> Vec<String>;

    /// The files that may be taken from the job directory when the job is done.
    fn outputs(&self) -> &'static [OutputRule] {
        &[]
    }

    /// The files that are taken besides, whatever their names.
    fn harvest(&self) -> Harvest {
        Harvest::Nothing
    }

    /// The most bytes of `feedback.json`.
    fn feedback_limit(&self) -> u64 {
        1 << 20
    }

    /// Whether its container says what it is about to commit in databases, and waits until that is in the log.
    fn announces_commits(&self) -> bool {
        false
    }

    /// Takes out of the feedback what is kept beside it. Called before credentials are taken out of the feedback.
    fn aside(&self, _feedback: &mut Value) -> Option<Aside> {
        None
    }

    /// Whether the feedback of a container that ended well says everything that is needed; else what is missing.
    fn check(&self, feedback: &Value) -> Result<(), String>;
}

/// What a job is told besides the project's files.
#[derive(Debug, Default)]
pub(crate) struct Brief {
    /// Whether there is nothing to do.
    pub(crate) is_idle: bool,
    /// See [`JobInputs::parameters`].
    pub(crate) parameters: BTreeMap<String, String>,
    /// See [`JobInputs::deltas`].
    pub(crate) deltas: Vec<DeltaId>,
    /// A folder directly in the job directory, which some of the files below are in.
    pub(crate) folder: Option<&'static str>,
    /// Files in the job directory.
    pub(crate) files: Vec<(&'static str, Bytes)>,
    /// More of them, by their digests.
    pub(crate) blobs: Vec<(String, Sha256Digest)>,
}

/// Which files are taken from a job directory, whatever their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harvest {
    /// None.
    Nothing,
    /// All in this folder.
    Folder(&'static str),
    /// Those of the project's files that have other bytes than before.
    Changed,
    /// All of the project's files that the job was not given as they are now.
    Made,
}

/// A part of the feedback that is kept beside it.
#[derive(Debug)]
pub(crate) struct Aside {
    /// The output's name.
    pub(crate) name: &'static str,
    /// JSON.
    pub(crate) content: Bytes,
    /// Whether it says that the job changed nothing, whatever the files look like.
    pub(crate) says_nothing_changed: bool,
}

/// The command line of a workflow. Without the separator a file whose name begins with a dash would be taken for an option.
fn program<'a>(
    workflow: &'a str,
    options: impl IntoIterator<Item = &'a str>,
    arguments: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let words = ["python3", "entrypoint.py", workflow].into_iter().chain(options).chain(["--"]);
    words.map(str::to_owned).chain(arguments).collect()
}

/// The project and its project file, as most workflows take them.
fn project_and_file(job: &JobRow) -> impl Iterator<Item = String> {
    let file = job.project_file.as_ref().map(ToString::to_string);
    [job.resource.to_string()].into_iter().chain(file)
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
    /// The bytes of disk it was allowed beside its inputs, when it was killed for more.
    pub(crate) overfull: Option<u64>,
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
    if let Some(allowed) = ended.overfull {
        let message =
            format!("its files took more than the {} MiB of disk it is allowed beside its inputs", allowed >> 20);
        return Err(JobError { kind: JobErrorKind::OutOfDisk, message, step: step() });
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
