//! What a job allows and refuses.

mod commits;
mod ends;
mod fencing;
mod life;
mod progress;
mod random;

use fieldlog_domain::WorkerId;
use fieldlog_domain::job::{
    DatabaseCommit, JobCause, JobCommand, JobError, JobErrorKind, JobEvent, JobKind, RequestJob, RunRecord,
};

use crate::build::{ana, at, digest, id, path, then};

fn worker(n: u128) -> WorkerId {
    id(n)
}

fn request() -> RequestJob {
    RequestJob {
        kind: JobKind::ProcessProjectFile,
        resource: id(1),
        revision: Some(id(2)),
        project_file: Some(path("rivers.qgs")),
        project_file_digest: Some(digest("bytes")),
        requester: Some(ana()),
        cause: JobCause::Asked,
        max_attempts: 2,
        is_private: false,
    }
}

/// May be tried twice.
fn requested() -> Vec<JobEvent> {
    requested_for(2)
}

fn requested_for(max_attempts: u32) -> Vec<JobEvent> {
    vec![JobEvent::JobRequested {
        kind: JobKind::ProcessProjectFile,
        resource: id(1),
        revision: Some(id(2)),
        project_file: Some(path("rivers.qgs")),
        project_file_digest: Some(digest("bytes")),
        requester: Some(ana()),
        cause: JobCause::Asked,
        max_attempts,
        is_private: false,
    }]
}

/// At second `now`, for a minute.
fn claim(n: u128, now: i64) -> JobCommand {
    JobCommand::Claim { worker: worker(n), now: at(now), lease_until: at(now + 60) }
}

fn claimed(n: u128, attempt: u32, now: i64) -> JobEvent {
    JobEvent::JobClaimed { worker: worker(n), attempt, lease_until: at(now + 60) }
}

fn start(attempt: u32) -> JobCommand {
    let (container, image, image_digest) = ("c".to_owned(), "fieldlog-qgis".to_owned(), "sha256:00".to_owned());
    JobCommand::Start { attempt, container, image, image_digest, inputs: digest("inputs") }
}

fn started(attempt: u32) -> JobEvent {
    let (container, image, image_digest) = ("c".to_owned(), "fieldlog-qgis".to_owned(), "sha256:00".to_owned());
    JobEvent::JobStarted { attempt, container, image, image_digest, inputs: digest("inputs") }
}

fn report(attempt: u32, step: &str, percent: Option<u8>) -> JobCommand {
    JobCommand::ReportProgress { attempt, step: step.to_owned(), percent }
}

fn progressed(attempt: u32, step: &str, percent: Option<u8>) -> JobEvent {
    JobEvent::JobProgressed { attempt, step: step.to_owned(), percent }
}

fn commit(transaction: &str) -> DatabaseCommit {
    DatabaseCommit { database: "7446".to_owned(), transaction: transaction.to_owned(), outcomes: digest(transaction) }
}

fn announce(attempt: u32, transaction: &str) -> JobCommand {
    JobCommand::AnnounceCommit { attempt, commit: commit(transaction) }
}

fn announced(attempt: u32, transaction: &str) -> JobEvent {
    JobEvent::CommitAnnounced { attempt, commit: commit(transaction) }
}

fn renew(attempt: u32, until: i64) -> JobCommand {
    JobCommand::RenewLease { attempt, lease_until: at(until) }
}

fn renewed(attempt: u32, until: i64) -> JobEvent {
    JobEvent::LeaseRenewed { attempt, lease_until: at(until) }
}

fn expire(lease_until: i64) -> JobCommand {
    JobCommand::ExpireLease { lease_until: at(lease_until) }
}

fn expired(attempt: u32) -> JobEvent {
    JobEvent::LeaseExpired { attempt }
}

fn retry(attempt: u32, not_before: i64) -> JobCommand {
    JobCommand::ScheduleRetry { attempt, not_before: at(not_before), reason: "no engine".to_owned() }
}

fn retried(attempt: u32, not_before: i64) -> JobEvent {
    JobEvent::JobRetryScheduled { attempt, not_before: at(not_before), reason: "no engine".to_owned() }
}

fn finish(attempt: u32) -> JobCommand {
    JobCommand::Finish { attempt, outputs: vec![], removed: vec![], run: RunRecord::default() }
}

fn finished(attempt: u32) -> JobEvent {
    JobEvent::JobFinished { attempt, outputs: vec![], removed: vec![], run: RunRecord::default() }
}

fn error(kind: JobErrorKind, message: &str) -> JobError {
    JobError { kind, message: message.to_owned(), step: None }
}

fn fail(attempt: u32) -> JobCommand {
    JobCommand::Fail { attempt, error: error(JobErrorKind::Timeout, "too slow"), run: RunRecord::default() }
}

fn failed(attempt: u32) -> JobEvent {
    JobEvent::JobFailed { attempt, error: error(JobErrorKind::Timeout, "too slow"), run: RunRecord::default() }
}

/// The failure of a job that was tried often enough.
fn given_up(attempt: u32, reason: &str) -> JobEvent {
    let message = format!("given up after {attempt} attempts: {reason}");
    JobEvent::JobFailed { attempt, error: error(JobErrorKind::Infrastructure, &message), run: RunRecord::default() }
}

/// Worker 1 has it from second 0 to 60.
fn first_claim() -> Vec<JobEvent> {
    then(&requested(), [claimed(1, 1, 0)])
}

fn running() -> Vec<JobEvent> {
    then(&first_claim(), [started(1)])
}

/// Worker 1 lost it, worker 2 has it from second 100 to 160.
fn second_claim() -> Vec<JobEvent> {
    then(&running(), [expired(1), claimed(2, 2, 100)])
}
