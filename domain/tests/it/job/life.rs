//! From the request to the container and back to the queue.

use fieldlog_domain::job::{JobCommand, JobRefusal, RequestJob};

use super::*;
use crate::build::job;

#[test]
fn a_job_is_requested_once() {
    job(vec![]).when(JobCommand::Request(request())).then_expect_events(requested());
    job(requested()).when(JobCommand::Request(request())).then_expect_events(vec![]);
}

#[test]
fn who_asks_for_a_job_that_is_over_gets_no_new_one() {
    for end in [finished(1), failed(1), JobEvent::JobCancelled {}] {
        job(then(&running(), [end])).when(JobCommand::Request(request())).then_expect_events(vec![]);
    }
}

#[test]
fn a_job_is_not_requested_for_something_else() {
    for other in [RequestJob { resource: id(9), ..request() }, RequestJob { revision: Some(id(9)), ..request() }] {
        job(requested()).when(JobCommand::Request(other)).then_expect_error(JobRefusal::AlreadyRequested);
    }
}

#[test]
fn a_job_is_tried_at_least_once() {
    let command = JobCommand::Request(RequestJob { max_attempts: 0, ..request() });
    let events = job(vec![]).when(command).inspect_result().unwrap();
    assert!(matches!(&events[..], [JobEvent::JobRequested { max_attempts: 1, .. }]), "{events:?}");
}

#[test]
fn nothing_happens_to_a_job_nobody_requested() {
    for command in [
        claim(1, 0),
        start(1),
        report(1, "a", None),
        renew(1, 90),
        expire(90),
        retry(1, 90),
        finish(1),
        fail(1),
        JobCommand::Cancel,
    ] {
        job(vec![]).when(command).then_expect_error(JobRefusal::NoSuchJob);
    }
}

#[test]
fn a_worker_claims_a_job() {
    job(requested()).when(claim(1, 0)).then_expect_events(vec![claimed(1, 1, 0)]);
}

#[test]
fn a_job_that_somebody_has_is_not_claimed() {
    for past in [first_claim(), running()] {
        job(past.clone()).when(claim(2, 1000)).then_expect_error(JobRefusal::NotFree);
        job(past).when(claim(1, 1)).then_expect_error(JobRefusal::NotFree);
    }
}

#[test]
fn a_job_that_waits_is_not_claimed_before_its_time() {
    let past = then(&running(), [retried(1, 90)]);
    job(past.clone()).when(claim(2, 89)).then_expect_error(JobRefusal::NotYet(at(90)));
    job(past).when(claim(2, 90)).then_expect_events(vec![claimed(2, 2, 90)]);
}

#[test]
fn a_job_does_not_wait_for_a_time_that_only_a_wrong_clock_can_have_meant() {
    let past = then(&running(), [retried(1, 100_000)]);
    job(past.clone()).when(claim(2, 99_400)).then_expect_error(JobRefusal::NotYet(at(100_000)));
    job(past).when(claim(2, 99_399)).then_expect_events(vec![claimed(2, 2, 99_399)]);
}

#[test]
fn waiting_ends_with_the_attempt_that_follows_it() {
    let past = then(&requested_for(3), [claimed(1, 1, 0), retried(1, 90), claimed(2, 2, 90), expired(2)]);
    job(past).when(claim(3, 0)).then_expect_events(vec![claimed(3, 3, 0)]);
}

#[test]
fn a_container_starts_once() {
    job(first_claim()).when(start(1)).then_expect_events(vec![started(1)]);
    job(running()).when(start(1)).then_expect_events(vec![]);
}

#[test]
fn a_lease_is_renewed_also_by_a_clock_that_was_set_back() {
    for past in [first_claim(), running()] {
        job(past.clone()).when(renew(1, 90)).then_expect_events(vec![renewed(1, 90)]);
        job(past.clone()).when(renew(1, 30)).then_expect_events(vec![renewed(1, 30)]);
        job(past.clone()).when(renew(1, 60)).then_expect_events(vec![]);
        job(then(&past, [renewed(1, 90)])).when(renew(1, 90)).then_expect_events(vec![]);
    }
}

#[test]
fn the_lease_that_somebody_waited_for_expires_and_not_one_that_was_renewed_since() {
    for past in [first_claim(), running()] {
        job(past).when(expire(60)).then_expect_events(vec![expired(1)]);
    }
    for renewed_until in [30, 90] {
        let past = then(&running(), [renewed(1, renewed_until)]);
        job(past.clone()).when(expire(60)).then_expect_error(JobRefusal::LeaseRuns(at(renewed_until)));
        job(past).when(expire(renewed_until)).then_expect_events(vec![expired(1)]);
    }
}

#[test]
fn the_lease_that_somebody_waited_for_is_known_by_its_microseconds() {
    let lease_until = at(60) + chrono::TimeDelta::nanoseconds(700);
    let past = then(&requested(), [JobEvent::JobClaimed { worker: worker(1), attempt: 1, lease_until }]);
    job(past).when(expire(60)).then_expect_events(vec![expired(1)]);
}

#[test]
fn a_lease_expires_once() {
    job(then(&running(), [expired(1)])).when(expire(1000)).then_expect_events(vec![]);
}

#[test]
fn a_lease_that_nobody_has_does_not_expire() {
    for past in [requested(), then(&running(), [finished(1)]), then(&running(), [retried(1, 90)])] {
        job(past).when(expire(1000)).then_expect_events(vec![]);
    }
}

#[test]
fn the_last_lease_that_expires_fails_the_job() {
    job(second_claim())
        .when(expire(160))
        .then_expect_events(vec![expired(2), given_up(2, "the worker was not heard of again")]);
}

#[test]
fn a_retry_is_scheduled_once() {
    for past in [first_claim(), running()] {
        job(past).when(retry(1, 90)).then_expect_events(vec![retried(1, 90)]);
    }
    job(then(&running(), [retried(1, 90)])).when(retry(1, 90)).then_expect_events(vec![]);
}

#[test]
fn a_retry_too_many_fails_the_job() {
    job(second_claim()).when(retry(2, 190)).then_expect_events(vec![given_up(2, "no engine")]);
}

#[test]
fn a_job_that_was_never_claimed_is_not_tried_again() {
    job(requested()).when(retry(0, 90)).then_expect_error(JobRefusal::LeaseLost { found: 0, current: 0 });
}
