//! One attempt at one job, from the claim to its end.
//!
//! ```text
//! prepare (stage files, create container, start it) ─▶ follow (log, lease, timeout) ─▶ collect ─▶ record ─▶ clean up
//! ```
//!
//! Each arrow may be where the process dies. What is there afterwards (the container, by its name) says where to go on:
//! that is [`Entry`]. What is recorded carries the attempt, so an attempt that lost its lease changes nothing any more.

mod announcements;
mod clean_up;
mod collect;
mod disk;
mod follow;
mod job_api;
mod lease;
mod loudspeaker;
mod prepare;
mod progress;
mod record;
mod resume;
mod secrets;
mod spec;
mod stop;
mod transcript;
mod warm_start;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use fieldlog_commands::Viewer;
use fieldlog_domain::Sha256Digest;
use fieldlog_domain::job::{JobError, JobErrorKind, JobOutput, RemovedInput, RunRecord};
use fieldlog_projections::JobRow;
use tokio::sync::OnceCell;

use crate::containers::{ContainerId, Image};
use crate::context::Context;
use crate::job_api::Pass;
use crate::jobs::{self, ContainerJob};
use crate::staging::JobDirectory;
use crate::warm::Taken;
use secrets::Secrets;

pub(crate) use clean_up::sweep;
pub(crate) use spec::waiting_spec;
pub(crate) use stop::{Stop, StopHandle};

/// One attempt at one job.
pub(crate) struct Run {
    ctx: Arc<Context>,
    viewer: Viewer,
    job: JobRow,
    attempt: u32,
    kind: &'static dyn ContainerJob,
    directory: JobDirectory,
    stop: StopHandle,
    began: Instant,
    secrets: OnceCell<Secrets>,
    /// Whether the container was killed because it filled the disk.
    is_overfull: AtomicBool,
}

/// A container that works on this attempt.
struct Attached<'a> {
    id: ContainerId,
    image: Image,
    inputs: Sha256Digest,
    hold: Hold<'a>,
}

/// What a container needs of this process as long as it runs.
enum Hold<'a> {
    /// Nothing.
    Nothing,
    /// It waited before, and is not swept away as such.
    Taken { _taken: Taken<'a> },
    /// It fetches and brings files through this process. Whether it had to do without for a while: then its failure may be ours.
    Pass { pass: Pass, was_alone: bool },
}

/// How an attempt ends.
enum Ending {
    /// The work is done.
    Finished { outputs: Vec<JobOutput>, removed: Vec<RemovedInput>, run: RunRecord },
    /// It cannot be done.
    Failed { error: JobError, run: RunRecord },
    /// It may work another time; this is why it did not now.
    Retry(String),
    /// Somebody else has the say now.
    Stopped(Stop),
    /// The engine cannot be asked what became of the container: to be looked at again when it is back.
    LeftAlone,
}

/// What became of an attempt in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// This process has nothing more to do with it.
    Over,
    /// It is still this worker's, and waits for the engine.
    LeftAlone,
}

impl Run {
    /// An attempt at a job that this worker holds.
    pub(crate) fn new(ctx: Arc<Context>, viewer: Viewer, job: JobRow, attempt: u32, stop: StopHandle) -> Self {
        let (kind, directory) = (jobs::of_kind(job.kind), ctx.directory(job.id, attempt));
        let (began, secrets, is_overfull) = (Instant::now(), OnceCell::new(), AtomicBool::new(false));
        Self { ctx, viewer, job, attempt, kind, directory, stop, began, secrets, is_overfull }
    }

    /// Starts the work of an attempt that was claimed just now.
    pub(crate) async fn begin(self, image: Image) -> Outcome {
        let _lease = self.keep_lease();
        let ending = match self.prepare(image).await {
            Ok(attached) => self.follow_to_the_end(attached, Some(Instant::now())).await,
            Err(ending) => ending,
        };
        self.end(ending).await
    }

    /// Goes on with an attempt of an earlier process of this worker.
    pub(crate) async fn resume(self, image: Image) -> Outcome {
        let _lease = self.keep_lease();
        let ending = match self.find_again(image).await {
            Ok(attached) => self.follow_to_the_end(attached, None).await,
            Err(ending) => ending,
        };
        self.end(ending).await
    }

    /// `begun`: when the container began, if it was this process that had it begin.
    async fn follow_to_the_end(&self, attached: Attached<'_>, begun: Option<Instant>) -> Ending {
        // The container runs already: it is looked after even while the log cannot be told.
        let following = async {
            tokio::select! {
                followed = self.follow(&attached, begun) => followed,
                ending = self.answer_announcements() => Err(ending),
                never = self.watch_disk(&attached) => match never {},
            }
        };
        let (followed, ()) = tokio::join!(following, self.record_start(&attached));
        let followed = match followed {
            Ok(followed) => followed,
            Err(ending) => return ending,
        };
        let Hold::Pass { pass, was_alone } = attached.hold else { return self.collect(followed).await };
        pass.end().await;
        match self.collect(followed).await {
            Ending::Failed { error, .. } if was_alone && error.kind != JobErrorKind::Timeout => {
                Ending::Retry(format!("the worker was away while its container needed it: {}", error.message))
            }
            ending => ending,
        }
    }

    async fn end(self, ending: Ending) -> Outcome {
        if matches!(ending, Ending::LeftAlone) {
            return Outcome::LeftAlone;
        }
        self.record_end(ending).await;
        self.clean_up().await;
        Outcome::Over
    }
}
