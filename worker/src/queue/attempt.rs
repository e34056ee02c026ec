//! One job in hand: claimed or resumed, then run.

use std::sync::Arc;

use fieldlog_commands::CommandError;
use fieldlog_commands::job::{ClaimJob, RenewLease, claim_job, renew_lease};
use fieldlog_eventlog::Position;
use fieldlog_projections::JobRow;

use crate::context::Context;
use crate::run::{Outcome, Run, StopHandle};

/// What became of a job in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Its attempt is over, however it ended.
    Over,
    /// It is still ours and waits for the engine.
    LeftAlone,
    /// Somebody else was faster; the model did not know yet at this position.
    Refused(Position),
    /// The engine does not answer, so it was not even claimed.
    NoEngine,
    /// The log did not answer.
    NoLog,
    /// The program was wrong.
    Panicked,
}

impl From<Outcome> for After {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Over => Self::Over,
            Outcome::LeftAlone => Self::LeftAlone,
        }
    }
}

/// Claims a job that the model called free at `at`, and works on it.
pub(super) async fn claim_and_run(ctx: Arc<Context>, row: JobRow, at: Position, stop: StopHandle) -> After {
    let (image, viewer) = tokio::join!(ctx.engine.ready_image(), ctx.viewer_for(row.id));
    let Some(image) = image else {
        return After::NoEngine;
    };
    let input = ClaimJob { command_id: None, job: row.id, worker: ctx.worker(), lease: ctx.options.lease };
    let claimed = match claim_job(&ctx.app, &viewer, input).await {
        Ok(claimed) => claimed,
        Err(CommandError::Unavailable(why)) => {
            tracing::warn!(job = %row.id, why, "a job could not be claimed");
            return After::NoLog;
        }
        Err(error) => {
            tracing::debug!(job = %row.id, %error, "another worker was faster");
            return After::Refused(at);
        }
    };
    let attempt = claimed.value;
    metrics::histogram!("fieldlog_worker_wait_seconds")
        .record((ctx.app.now() - row.requested_at).to_std().unwrap_or_default().as_secs_f64());
    if let Some(running) = ctx.running().get_mut(&row.id) {
        running.attempt = Some(attempt);
    }
    ctx.publish_status(false);
    tracing::info!(job = %row.id, attempt, "working on a job");
    // What the job works on has to be what is there after the claim: whoever relies on a job that waits relies on this.
    if let Err(behind) = ctx.app.wait_for(claimed.receipt, ctx.options.lease).await {
        tracing::warn!(job = %row.id, attempt, %behind, "a job cannot be begun yet");
        return After::NoLog;
    }
    Run::new(ctx, viewer, row, attempt, stop).begin(image).await.into()
}

/// Goes on with a job that is this worker's already, by what the model knows.
pub(super) async fn resume(ctx: Arc<Context>, row: JobRow, stop: StopHandle) -> After {
    let (image, viewer) = tokio::join!(ctx.engine.ready_image(), ctx.viewer_for(row.id));
    let Some(image) = image else {
        return After::LeftAlone;
    };
    // The model may lag behind: only the log knows whether the job is still ours.
    let (job, attempt, lease) = (row.id, row.attempt, ctx.options.lease);
    let renewed = match renew_lease(&ctx.app, &viewer, RenewLease { command_id: None, job, attempt, lease }).await {
        Ok(renewed) => renewed,
        Err(CommandError::Unavailable(why)) => {
            tracing::warn!(%job, attempt, why, "a job cannot be resumed yet");
            return After::NoLog;
        }
        Err(error) => {
            tracing::debug!(%job, attempt, %error, "a job is no longer ours to resume");
            return After::Over;
        }
    };
    let row = match ctx.app.wait_for(renewed.receipt, lease).await.map(|_| ctx.app.view().job(job)) {
        Ok(Ok(Some(row))) if row.attempt == attempt => row,
        Ok(_) | Err(_) => return After::NoLog,
    };
    Run::new(ctx, viewer, row, attempt, stop).resume(image).await.into()
}
