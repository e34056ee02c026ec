//! Says, again and again, that the worker is still at a job.

use std::time::Duration;

use fieldlog_commands::CommandError;
use fieldlog_commands::job::{RenewLease, renew_lease};
use fieldlog_domain::job::{JobRefusal, JobState};
use tokio::task::JoinHandle;

use super::{Run, Stop};

/// Renews as long as this lives.
pub(super) struct LeaseKeeper(JoinHandle<()>);

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Run {
    /// Renews the lease at a third of its length; stops the run when the lease is lost.
    ///
    /// While the log is away the container goes on: as long as nobody else has claimed the job, nothing is lost.
    pub(super) fn keep_lease(&self) -> LeaseKeeper {
        let (ctx, viewer, stop) = (self.ctx.clone(), self.viewer.clone(), self.stop.clone());
        let (job, attempt, lease) = (self.job.id, self.attempt, ctx.options.lease);
        LeaseKeeper(tokio::spawn(async move {
            let mut pause = lease / 3;
            loop {
                tokio::time::sleep(pause).await;
                let input = RenewLease { command_id: None, job, attempt, lease };
                pause = match renew_lease(&ctx.app, &viewer, input).await {
                    Ok(_) => lease / 3,
                    Err(CommandError::Refused(refusal)) => return stop.stop(why_stopped(&refusal)),
                    Err(error) => {
                        tracing::warn!(%job, attempt, %error, "the lease of a job could not be renewed; trying again");
                        (lease / 12).max(Duration::from_millis(50))
                    }
                };
            }
        }))
    }
}

/// What a refusal says about who has the say.
pub(super) fn why_stopped(refusal: &JobRefusal) -> Stop {
    match refusal {
        JobRefusal::AlreadyEnded(JobState::Cancelled) => Stop::Cancelled,
        JobRefusal::AlreadyEnded(_)
        | JobRefusal::LeaseLost { .. }
        | JobRefusal::NoSuchJob
        | JobRefusal::AlreadyRequested
        | JobRefusal::NotFree
        | JobRefusal::NotStarted
        | JobRefusal::NotEnded(_)
        | JobRefusal::NotYet(_)
        | JobRefusal::LeaseRuns(_) => Stop::LeaseLost,
    }
}
