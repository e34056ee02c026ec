//! Tells the log. Nothing is true before it is there.

use std::time::Duration;

use fieldlog_commands::job::{
    AnnounceCommit, FailJob, FinishJob, ScheduleRetry, StartJob, announce_commit, fail_job, finish_job, schedule_retry,
    start_job,
};
use fieldlog_commands::live_lines::forget_lines;
use fieldlog_commands::{App, CommandError, Done, Viewer};
use fieldlog_domain::job::{JobRefusal, LONGEST_RETRY_DELAY};

use super::lease::why_stopped;
use super::{Attached, Ending, Run, Stop};

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Something to be told to the log. Telling it twice is telling it once.
pub(super) enum Statement {
    Started(StartJob),
    Announced(AnnounceCommit),
    Finished(FinishJob),
    Failed(FailJob),
    Retry(ScheduleRetry),
}

impl Statement {
    async fn tell(&self, app: &App, viewer: &Viewer) -> Result<Done<()>, CommandError<JobRefusal>> {
        match self {
            Self::Started(input) => start_job(app, viewer, input.clone()).await,
            Self::Announced(input) => announce_commit(app, viewer, input.clone()).await,
            Self::Finished(input) => finish_job(app, viewer, input.clone()).await,
            Self::Failed(input) => fail_job(app, viewer, input.clone()).await,
            Self::Retry(input) => schedule_retry(app, viewer, input.clone()).await,
        }
    }
}

impl Run {
    /// Says that the container runs.
    pub(super) async fn record_start(&self, attached: &Attached<'_>) {
        let started = StartJob {
            command_id: None,
            job: self.job.id,
            attempt: self.attempt,
            container: attached.id.0.clone(),
            image: attached.image.name.clone(),
            image_digest: attached.image.digest.clone(),
            inputs: attached.inputs,
        };
        self.record(Statement::Started(started)).await;
    }

    /// Says how the attempt ended.
    pub(super) async fn record_end(&self, ending: Ending) {
        let (command_id, job, attempt) = (None, self.job.id, self.attempt);
        let word = ending.word();
        let is_final = match ending {
            Ending::Finished { outputs, removed, run } => {
                self.record(Statement::Finished(FinishJob { command_id, job, attempt, outputs, removed, run })).await;
                true
            }
            Ending::Failed { error, run } => {
                tracing::warn!(%job, attempt, kind = error.kind.as_ref(), error = error.message, "a job failed");
                self.record(Statement::Failed(FailJob { command_id, job, attempt, error, run })).await;
                true
            }
            Ending::Retry(reason) => {
                tracing::warn!(%job, attempt, reason, "a job is to be tried again");
                let delay = self.retry_delay();
                self.record(Statement::Retry(ScheduleRetry { command_id, job, attempt, delay, reason })).await;
                attempt >= self.job.max_attempts
            }
            Ending::Stopped(Stop::Cancelled) => true,
            Ending::Stopped(Stop::LeaseLost) | Ending::LeftAlone => false,
        };
        if is_final {
            self.ctx.app.job_logs().close(job);
            if let Err(error) = forget_lines(self.ctx.app.storage(), job).await {
                tracing::debug!(%job, %error, "what was told of a job is left for the next sweep");
                self.ctx.debris.notify_one();
            }
        }
        let kind = self.job.kind.as_ref().to_owned();
        metrics::counter!("fieldlog_worker_attempts_total", "kind" => kind, "end" => word).increment(1);
        metrics::histogram!("fieldlog_worker_attempt_seconds", "end" => word)
            .record(self.began.elapsed().as_secs_f64());
    }

    /// Tells the log, however long it is away; until somebody else has the say. Says whether it was told.
    pub(super) async fn record(&self, statement: Statement) -> bool {
        let (job, attempt) = (self.job.id, self.attempt);
        let mut pause = Duration::from_millis(100);
        loop {
            match statement.tell(&self.ctx.app, &self.viewer).await {
                Ok(_) => return true,
                Err(CommandError::Refused(refusal)) => {
                    tracing::debug!(%job, attempt, %refusal, "the log knows better");
                    self.stop.stop(why_stopped(&refusal));
                    return false;
                }
                Err(error @ (CommandError::Unavailable(_) | CommandError::Conflict)) => {
                    tracing::warn!(%job, attempt, ?error, "the log could not be told; trying again");
                    if self.stop.unless(tokio::time::sleep(pause)).await.is_err() {
                        return false;
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    // Nobody can tell the log about this job any more: its lease runs out.
                    tracing::error!(%job, attempt, ?error, "the log cannot be told");
                    self.stop.stop(Stop::LeaseLost);
                    return false;
                }
            }
        }
    }

    fn retry_delay(&self) -> Duration {
        let doublings = self.attempt.saturating_sub(1).min(16);
        (self.ctx.options.retry_delay * 2_u32.pow(doublings)).min(LONGEST_RETRY_DELAY)
    }
}

impl Ending {
    /// One word, for logs and metrics.
    fn word(&self) -> &'static str {
        match self {
            Self::Finished { .. } => "finished",
            Self::Failed { .. } => "failed",
            Self::Retry(_) => "retry",
            Self::Stopped(Stop::Cancelled) => "cancelled",
            Self::Stopped(Stop::LeaseLost) => "lease_lost",
            Self::LeftAlone => "left_alone",
        }
    }
}
