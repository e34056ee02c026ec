//! Takes jobs from the log: one is this worker's as soon as its claim is the first to be there.
//!
//! The read model says what there is to do and wakes this loop; it may lag behind, but the log decides, so a claim that
//! comes too late is refused and nothing is lost. Nothing here polls: between events and due times the loop sleeps.

mod attempt;
mod expiry;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_domain::JobId;
use fieldlog_domain::job::JobState;
use fieldlog_eventlog::Position;
use fieldlog_projections::{JobRow, ReadError, View};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::context::{Context, Running};
use crate::run::{Stop, StopHandle};
use attempt::{After, claim_and_run, resume};

pub(crate) use expiry::expire_leases;

/// How long nothing is claimed after the log or the model did not answer.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);
/// Longer waits are cut into pieces, for a clock that is set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub(crate) struct Queue {
    ctx: Arc<Context>,
    tasks: JoinSet<(JobId, After)>,
    job_of: HashMap<Id, JobId>,
    /// Claims that were refused, and where the model was then: until it has moved on it says nothing new.
    refused: HashMap<JobId, Position>,
    /// Attempts this process is through with; the model may take a moment to know.
    over: HashSet<(JobId, u32)>,
    not_before: Instant,
}

impl Queue {
    pub(crate) fn new(ctx: Arc<Context>) -> Self {
        Self {
            ctx,
            tasks: JoinSet::new(),
            job_of: HashMap::new(),
            refused: HashMap::new(),
            over: HashSet::new(),
            not_before: Instant::now(),
        }
    }

    /// Works until told to shut down; then lets running jobs end for a while.
    pub(crate) async fn work(mut self, mut shutdown: watch::Receiver<bool>) {
        let mut changes = self.ctx.app.model().changes();
        let mut engine = self.ctx.engine.changes();
        let mut paused = self.ctx.paused().subscribe();
        while !*shutdown.borrow() {
            changes.mark_unchanged();
            engine.mark_unchanged();
            paused.mark_unchanged();
            let wake = self.look();
            self.ctx.publish_status(false);
            tokio::select! {
                _ = changes.changed() => {}
                _ = engine.changed() => {}
                _ = paused.changed() => {}
                _ = shutdown.changed() => {}
                Some(ended) = self.tasks.join_next_with_id() => self.put_away(ended),
                () = tokio::time::sleep_until(wake) => {}
            }
        }
        self.wind_down(changes).await;
    }

    /// Does what there is to do now; says when to look again at the latest.
    fn look(&mut self) -> Instant {
        match self.try_look(&self.ctx.app.view()) {
            Ok(wake) => wake,
            Err(error) => {
                tracing::error!(%error, "the read model does not say what there is to do");
                Instant::now() + AFTER_TROUBLE
            }
        }
    }

    fn try_look(&mut self, view: &View) -> Result<Instant, ReadError> {
        self.stop_what_is_no_longer_ours(view)?;
        if !self.ctx.engine.state().is_ready() {
            return Ok(Instant::now() + LONGEST_WAIT);
        }
        if Instant::now() < self.not_before {
            return Ok(self.not_before);
        }
        self.resume_what_is_ours(view)?;
        // One time for both: a job whose wait ends between two of them would be seen by neither.
        let now = self.ctx.app.now();
        self.claim_what_is_free(view, now)?;
        // What is due already is in hand.
        let due = view.next_due(now)?.and_then(|due| (due - now).to_std().ok()).filter(|wait| !wait.is_zero());
        Ok(Instant::now() + due.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
    }

    fn stop_what_is_no_longer_ours(&self, view: &View) -> Result<(), ReadError> {
        let running: Vec<_> = self.ctx.running().iter().map(|(job, running)| (*job, running.clone())).collect();
        for (job, running) in running {
            if let (Some(attempt), Some(row)) = (running.attempt, view.job(job)?)
                && let Some(why) = who_else(&row, attempt)
            {
                running.stop.stop(why);
            }
        }
        Ok(())
    }

    /// Jobs of an earlier process of this worker, or jobs this process could not go on with while the engine was away.
    fn resume_what_is_ours(&mut self, view: &View) -> Result<(), ReadError> {
        let leased = view.leased_jobs(Some(self.ctx.worker()))?;
        self.over.retain(|over| leased.iter().any(|row| (row.id, row.attempt) == *over));
        for row in leased {
            if !self.ctx.running().contains_key(&row.id) && !self.over.contains(&(row.id, row.attempt)) {
                let stop = self.take_in_hand(row.id, Some(row.attempt));
                let (ctx, job) = (self.ctx.clone(), row.id);
                self.spawn(job, async move { (job, resume(ctx, row, stop).await) });
            }
        }
        Ok(())
    }

    fn claim_what_is_free(&mut self, view: &View, now: DateTime<Utc>) -> Result<(), ReadError> {
        let at = self.ctx.app.model().position();
        self.refused.retain(|_, refused_at| *refused_at == at);
        let free = self.ctx.options.slots.saturating_sub(self.ctx.running().len());
        if free == 0 || *self.ctx.paused().borrow() {
            return Ok(());
        }
        // Some more than there are slots, since some may have been refused or be in hand already.
        let some_more = free + self.refused.len() + self.ctx.running().len();
        let rows = view.claimable_jobs(now, some_more)?;
        let new: Vec<_> = rows
            .into_iter()
            .filter(|row| !self.refused.contains_key(&row.id) && !self.ctx.running().contains_key(&row.id))
            .take(free)
            .collect();
        for row in new {
            let stop = self.take_in_hand(row.id, None);
            let (ctx, job) = (self.ctx.clone(), row.id);
            self.spawn(job, async move { (job, claim_and_run(ctx, row, at, stop).await) });
        }
        Ok(())
    }

    fn take_in_hand(&self, job: JobId, attempt: Option<u32>) -> StopHandle {
        let stop = StopHandle::new();
        self.ctx.running().insert(job, Running { attempt, stop: stop.clone() });
        stop
    }

    fn spawn(&mut self, job: JobId, work: impl Future<Output = (JobId, After)> + Send + 'static) {
        let task = self.tasks.spawn(work);
        self.job_of.insert(task.id(), job);
    }

    fn put_away(&mut self, ended: Result<(Id, (JobId, After)), JoinError>) {
        let (id, after) = match ended {
            Ok((id, (_, after))) => (id, after),
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "working on a job went wrong; its lease runs out and it is tried again");
                }
                self.ctx.debris.notify_one();
                (error.id(), After::Panicked)
            }
        };
        let Some(job) = self.job_of.remove(&id) else { return };
        let attempt = self.ctx.running().remove(&job).and_then(|running| running.attempt);
        match after {
            After::Over | After::Panicked => self.over.extend(attempt.map(|attempt| (job, attempt))),
            // The engine's watch knows, and nothing is claimed before it says otherwise.
            After::LeftAlone | After::NoEngine => {}
            After::Refused(at) => drop(self.refused.insert(job, at)),
            After::NoLog => self.not_before = Instant::now() + AFTER_TROUBLE,
        }
    }

    /// Waits for running jobs for a while. Those that do not end go on in their containers and are resumed by the next process.
    async fn wind_down(mut self, mut changes: watch::Receiver<Position>) {
        self.ctx.publish_status(true);
        let deadline = Instant::now() + self.ctx.options.shutdown_grace;
        while !self.tasks.is_empty() {
            if let Err(error) = self.stop_what_is_no_longer_ours(&self.ctx.app.view()) {
                tracing::warn!(%error, "the read model does not say what was cancelled");
            }
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => self.put_away(ended),
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(deadline) => {
                    tracing::info!(jobs = self.tasks.len(), "leaving running jobs to the next start");
                    self.tasks.shutdown().await;
                }
            }
            self.ctx.publish_status(true);
        }
    }
}

/// Who else has the say about an attempt, by what the model knows. It may lag behind, but it never runs ahead.
fn who_else(row: &JobRow, attempt: u32) -> Option<Stop> {
    match row.state {
        JobState::Cancelled => Some(Stop::Cancelled),
        JobState::Requested if row.attempt == attempt => Some(Stop::LeaseLost),
        _ if row.attempt > attempt => Some(Stop::LeaseLost),
        JobState::Requested | JobState::Claimed | JobState::Started | JobState::Finished | JobState::Failed => None,
    }
}
