//! A job comes to exactly one end.

use fieldlog_domain::job::{JobCommand, JobRefusal, JobState, Settlement};

use super::*;
use crate::build::job;

fn cancelled() -> JobEvent {
    JobEvent::JobCancelled {}
}

#[test]
fn a_job_finishes_once() {
    job(running()).when(finish(1)).then_expect_events(vec![finished(1)]);
    job(then(&running(), [finished(1)])).when(finish(1)).then_expect_events(vec![]);
}

#[test]
fn a_job_fails_once() {
    for past in [first_claim(), running()] {
        job(past).when(fail(1)).then_expect_events(vec![failed(1)]);
    }
    job(then(&running(), [failed(1)])).when(fail(1)).then_expect_events(vec![]);
}

#[test]
fn a_job_is_cancelled_at_every_state_once() {
    for past in
        [requested(), first_claim(), running(), then(&running(), [expired(1)]), then(&running(), [retried(1, 9)])]
    {
        job(past.clone()).when(JobCommand::Cancel).then_expect_events(vec![cancelled()]);
        job(then(&past, [cancelled()])).when(JobCommand::Cancel).then_expect_events(vec![]);
    }
}

#[test]
fn a_job_that_is_over_is_not_cancelled() {
    job(then(&running(), [finished(1)]))
        .when(JobCommand::Cancel)
        .then_expect_error(JobRefusal::AlreadyEnded(JobState::Finished));
    job(then(&running(), [failed(1)]))
        .when(JobCommand::Cancel)
        .then_expect_error(JobRefusal::AlreadyEnded(JobState::Failed));
}

#[test]
fn a_worker_learns_that_its_job_is_over() {
    for (end, state) in
        [(finished(1), JobState::Finished), (failed(1), JobState::Failed), (cancelled(), JobState::Cancelled)]
    {
        let past = then(&running(), [end]);
        let progress = report(1, "convert", Some(100));
        for command in [claim(2, 1000), start(1), progress, renew(1, 1000), retry(1, 1000), finish(2), fail(2)] {
            job(past.clone()).when(command).then_expect_error(JobRefusal::AlreadyEnded(state));
        }
        job(past).when(expire(1000)).then_expect_events(vec![]);
    }
}

#[test]
fn one_end_excludes_the_other() {
    let refused = |past, command, state| job(past).when(command).then_expect_error(JobRefusal::AlreadyEnded(state));
    refused(then(&running(), [finished(1)]), fail(1), JobState::Finished);
    refused(then(&running(), [failed(1)]), finish(1), JobState::Failed);
    refused(then(&running(), [cancelled()]), finish(1), JobState::Cancelled);
    refused(then(&running(), [cancelled()]), fail(1), JobState::Cancelled);
}

#[test]
fn an_earlier_attempt_does_not_share_the_end_of_a_later_one() {
    job(then(&second_claim(), [finished(2)]))
        .when(finish(1))
        .then_expect_error(JobRefusal::AlreadyEnded(JobState::Finished));
    job(then(&second_claim(), [failed(2)])).when(fail(1)).then_expect_error(JobRefusal::AlreadyEnded(JobState::Failed));
}

#[test]
fn what_comes_of_a_job_is_said_once_and_not_before_its_end() {
    let settle = || JobCommand::Settle(Settlement::Taken);
    let settled = || JobEvent::JobSettled { settlement: Settlement::Taken };
    job(running()).when(settle()).then_expect_error(JobRefusal::NotEnded(JobState::Started));
    for end in [finished(1), failed(1), cancelled()] {
        let past = [running(), vec![end]].concat();
        job(past.clone()).when(settle()).then_expect_events(vec![settled()]);
        let nothing = JobCommand::Settle(Settlement::Nothing);
        job([past, vec![settled()]].concat()).when(nothing).then_expect_events(vec![]);
    }
}
