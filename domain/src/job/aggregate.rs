//! The rules of a job.

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};

use super::{
    DatabaseCommit, JobCommand, JobError, JobErrorKind, JobEvent, JobKind, JobRefusal, LONGEST_RETRY_DELAY, RequestJob,
    RunRecord,
};
use crate::aggregate::aggregate;
use crate::shared::ids::{ResourceId, RevisionId, WorkerId};

/// Where a job is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker.
    #[default]
    Requested,
    /// A worker has it and prepares it.
    Claimed,
    /// Its container runs.
    Started,
    /// It is done.
    Finished,
    /// It cannot be done.
    Failed,
    /// Nobody wants it any more.
    Cancelled,
}

impl JobState {
    /// Whether nothing more can happen to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled)
    }
}

/// What decisions about a job need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Job {
    request: Option<Request>,
    state: JobState,
    attempt: u32,
    worker: Option<WorkerId>,
    lease_until: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
    #[serde(default)]
    is_settled: bool,
    #[serde(default)]
    progress: Option<Progress>,
    #[serde(default)]
    announced: Option<DatabaseCommit>,
}

/// How far the container of an attempt is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Progress {
    step: String,
    percent: Option<u8>,
}

impl Progress {
    /// Whether this says something new after `before`: another step, or more of the same one.
    fn is_after(&self, before: Option<&Self>) -> bool {
        before.is_none_or(|before| self.step != before.step || self.percent > before.percent)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Request {
    kind: JobKind,
    resource: ResourceId,
    revision: Option<RevisionId>,
    max_attempts: u32,
}

type Decision = Result<Vec<JobEvent>, JobRefusal>;

impl Job {
    /// Where it is on its way; none when nobody requested it.
    pub fn state(&self) -> Option<JobState> {
        self.request.as_ref().map(|_| self.state)
    }

    /// The attempt that has it, or had it last.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether what came of it is in its place.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// The worker that has it, or had it when it ended.
    pub fn worker(&self) -> Option<WorkerId> {
        self.worker
    }

    /// The end of its lease, by the clock of the worker that has it; none when no worker does.
    pub fn lease_until(&self) -> Option<DateTime<Utc>> {
        self.lease_until
    }

    pub(super) fn decide(&self, command: JobCommand) -> Decision {
        match command {
            JobCommand::Request(c) => self.request(c),
            _ if self.request.is_none() => Err(JobRefusal::NoSuchJob),
            JobCommand::Claim { worker, now, lease_until } => self.claim(worker, now, lease_until),
            JobCommand::Start { attempt, container, image, image_digest, inputs } => {
                self.held_by(attempt)?;
                Ok(match self.state {
                    JobState::Started => vec![],
                    _ => vec![JobEvent::JobStarted { attempt, container, image, image_digest, inputs }],
                })
            }
            JobCommand::ReportProgress { attempt, step, percent } => self.report_progress(attempt, step, percent),
            JobCommand::AnnounceCommit { attempt, commit } => {
                self.held_by(attempt)?;
                let is_news = self.announced.as_ref() != Some(&commit);
                Ok(if is_news { vec![JobEvent::CommitAnnounced { attempt, commit }] } else { vec![] })
            }
            JobCommand::RenewLease { attempt, lease_until } => {
                self.held_by(attempt)?;
                // Also to an earlier time: a clock that was set back is no reason to be silent.
                let is_news = self.lease_until != Some(lease_until);
                Ok(if is_news { vec![JobEvent::LeaseRenewed { attempt, lease_until }] } else { vec![] })
            }
            JobCommand::ExpireLease { lease_until } => self.expire_lease(lease_until),
            JobCommand::ScheduleRetry { attempt, not_before, reason } => {
                self.schedule_retry(attempt, not_before, reason)
            }
            JobCommand::Finish { attempt, outputs, removed, run } => {
                if self.ended(JobState::Finished)? && attempt == self.attempt {
                    return Ok(vec![]);
                }
                self.held_by(attempt)?;
                Ok(vec![JobEvent::JobFinished { attempt, outputs, removed, run }])
            }
            JobCommand::Fail { attempt, error, run } => {
                if self.ended(JobState::Failed)? && attempt == self.attempt {
                    return Ok(vec![]);
                }
                self.held_by(attempt)?;
                Ok(vec![JobEvent::JobFailed { attempt, error, run }])
            }
            JobCommand::Cancel => {
                let is_cancelled = self.ended(JobState::Cancelled)?;
                Ok(if is_cancelled { vec![] } else { vec![JobEvent::JobCancelled {}] })
            }
            JobCommand::Settle(settlement) => match self.state.is_final() {
                true if self.is_settled => Ok(vec![]),
                true => Ok(vec![JobEvent::JobSettled { settlement }]),
                false => Err(JobRefusal::NotEnded(self.state)),
            },
        }
    }

    fn request(&self, c: RequestJob) -> Decision {
        match &self.request {
            None => Ok(vec![JobEvent::JobRequested {
                kind: c.kind,
                resource: c.resource,
                revision: c.revision,
                project_file: c.project_file,
                project_file_digest: c.project_file_digest,
                requester: c.requester,
                cause: c.cause,
                max_attempts: c.max_attempts.max(1),
                is_private: c.is_private,
            }]),
            Some(known) if (known.kind, known.resource, known.revision) == (c.kind, c.resource, c.revision) => {
                Ok(vec![])
            }
            Some(_) => Err(JobRefusal::AlreadyRequested),
        }
    }

    fn claim(&self, worker: WorkerId, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Decision {
        match self.state {
            JobState::Requested => {}
            JobState::Claimed | JobState::Started => return Err(JobRefusal::NotFree),
            JobState::Finished | JobState::Failed | JobState::Cancelled => {
                return Err(JobRefusal::AlreadyEnded(self.state));
            }
        }
        // What is further away than any wait was said by a clock that was wrong.
        let is_waited_for = |not_before: &DateTime<Utc>| now < *not_before && *not_before <= now + LONGEST_RETRY_DELAY;
        if let Some(not_before) = self.not_before.filter(is_waited_for) {
            return Err(JobRefusal::NotYet(not_before));
        }
        Ok(vec![JobEvent::JobClaimed { worker, attempt: self.attempt + 1, lease_until }])
    }

    /// What arrives late or says nothing new changes nothing: within a step it only goes on.
    fn report_progress(&self, attempt: u32, step: String, percent: Option<u8>) -> Decision {
        self.held_by(attempt)?;
        if self.state != JobState::Started {
            return Err(JobRefusal::NotStarted);
        }
        let progress = Progress { step, percent: percent.map(|percent| percent.min(100)) };
        if !progress.is_after(self.progress.as_ref()) {
            return Ok(vec![]);
        }
        Ok(vec![JobEvent::JobProgressed { attempt, step: progress.step, percent: progress.percent }])
    }

    fn expire_lease(&self, waited_for: DateTime<Utc>) -> Decision {
        let (JobState::Claimed | JobState::Started, Some(lease_until)) = (self.state, self.lease_until) else {
            return Ok(vec![]);
        };
        // Read models keep microseconds.
        if waited_for.trunc_subsecs(6) != lease_until.trunc_subsecs(6) {
            return Err(JobRefusal::LeaseRuns(lease_until));
        }
        let mut events = vec![JobEvent::LeaseExpired { attempt: self.attempt }];
        if self.is_last_attempt() {
            events.push(self.given_up("the worker was not heard of again".to_owned()));
        }
        Ok(events)
    }

    fn schedule_retry(&self, attempt: u32, not_before: DateTime<Utc>, reason: String) -> Decision {
        if self.state == JobState::Requested && attempt == self.attempt && attempt > 0 {
            return Ok(vec![]);
        }
        self.held_by(attempt)?;
        Ok(if self.is_last_attempt() {
            vec![self.given_up(reason)]
        } else {
            vec![JobEvent::JobRetryScheduled { attempt, not_before, reason }]
        })
    }

    fn is_last_attempt(&self) -> bool {
        self.request.as_ref().is_none_or(|request| self.attempt >= request.max_attempts)
    }

    fn given_up(&self, reason: String) -> JobEvent {
        JobEvent::JobFailed {
            attempt: self.attempt,
            error: JobError {
                kind: JobErrorKind::Infrastructure,
                message: format!("given up after {} attempts: {reason}", self.attempt),
                step: None,
            },
            run: RunRecord::default(),
        }
    }

    /// Refuses whoever does not have the job (any more).
    fn held_by(&self, attempt: u32) -> Result<(), JobRefusal> {
        match self.state {
            JobState::Finished | JobState::Failed | JobState::Cancelled => Err(JobRefusal::AlreadyEnded(self.state)),
            JobState::Claimed | JobState::Started if attempt == self.attempt => Ok(()),
            JobState::Requested | JobState::Claimed | JobState::Started => {
                Err(JobRefusal::LeaseLost { found: attempt, current: self.attempt })
            }
        }
    }

    /// Whether it came to this end; refused when it came to another one.
    fn ended(&self, end: JobState) -> Result<bool, JobRefusal> {
        match self.state {
            state if state == end => Ok(true),
            state if state.is_final() => Err(JobRefusal::AlreadyEnded(state)),
            _ => Ok(false),
        }
    }

    fn evolve(&mut self, event: JobEvent) {
        match event {
            JobEvent::JobRequested { kind, resource, revision, max_attempts, .. } => {
                self.request = Some(Request { kind, resource, revision, max_attempts });
            }
            JobEvent::JobClaimed { worker, attempt, lease_until } => {
                self.state = JobState::Claimed;
                self.attempt = attempt;
                self.worker = Some(worker);
                self.lease_until = Some(lease_until);
                self.progress = None;
            }
            JobEvent::JobStarted { .. } => self.state = JobState::Started,
            JobEvent::JobProgressed { step, percent, .. } => self.progress = Some(Progress { step, percent }),
            JobEvent::CommitAnnounced { commit, .. } => self.announced = Some(commit),
            JobEvent::LeaseRenewed { lease_until, .. } => self.lease_until = Some(lease_until),
            JobEvent::LeaseExpired { .. } => self.free(None),
            JobEvent::JobRetryScheduled { not_before, .. } => self.free(Some(not_before)),
            JobEvent::JobFinished { .. } => self.end(JobState::Finished),
            JobEvent::JobFailed { .. } => self.end(JobState::Failed),
            JobEvent::JobCancelled {} => self.end(JobState::Cancelled),
            JobEvent::JobSettled { .. } => self.is_settled = true,
        }
    }

    fn free(&mut self, not_before: Option<DateTime<Utc>>) {
        self.state = JobState::Requested;
        self.worker = None;
        self.lease_until = None;
        self.not_before = not_before;
        self.progress = None;
    }

    fn end(&mut self, state: JobState) {
        self.state = state;
        self.lease_until = None;
        self.progress = None;
    }
}

aggregate!(Job, "job", JobCommand, JobEvent, JobRefusal);
