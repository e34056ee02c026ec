//! A worker that lost its lease can no longer change anything.

use fieldlog_domain::job::{JobCommand, JobRefusal};

use super::*;
use crate::build::job;

/// Everything the worker of `attempt` could say.
fn sayings(attempt: u32) -> [JobCommand; 6] {
    let progress = report(attempt, "convert", Some(50));
    [start(attempt), progress, renew(attempt, 1000), retry(attempt, 1000), finish(attempt), fail(attempt)]
}

#[test]
fn the_first_worker_says_nothing_about_the_second_attempt() {
    for command in sayings(1) {
        job(second_claim()).when(command).then_expect_error(JobRefusal::LeaseLost { found: 1, current: 2 });
    }
}

#[test]
fn nobody_speaks_for_an_attempt_that_never_was() {
    for command in sayings(3) {
        job(second_claim()).when(command).then_expect_error(JobRefusal::LeaseLost { found: 3, current: 2 });
    }
}

#[test]
fn a_worker_whose_lease_expired_says_nothing_before_the_next_claim_either() {
    let past = then(&running(), [expired(1)]);
    for command in [start(1), report(1, "convert", None), renew(1, 1000), finish(1), fail(1)] {
        job(past.clone()).when(command).then_expect_error(JobRefusal::LeaseLost { found: 1, current: 1 });
    }
    job(past).when(retry(1, 1000)).then_expect_events(vec![]);
}

#[test]
fn nobody_speaks_for_a_job_that_was_never_claimed() {
    for command in sayings(1) {
        job(requested()).when(command).then_expect_error(JobRefusal::LeaseLost { found: 1, current: 0 });
    }
}

#[test]
fn a_lease_that_ran_out_unnoticed_still_counts() {
    job(running()).when(renew(1, 1000)).then_expect_events(vec![renewed(1, 1000)]);
    job(running()).when(finish(1)).then_expect_events(vec![finished(1)]);
}

#[test]
fn the_second_worker_is_not_disturbed_by_the_first() {
    job(second_claim()).when(start(2)).then_expect_events(vec![started(2)]);
    job(then(&second_claim(), [started(2)])).when(finish(2)).then_expect_events(vec![finished(2)]);
}
