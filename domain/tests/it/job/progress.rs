//! How far a container is, as far as its worker says so.

use fieldlog_domain::job::JobRefusal;

use super::*;
use crate::build::job;

#[test]
fn a_container_that_runs_tells_its_step_and_how_much_of_it_is_done() {
    job(running()).when(report(1, "open", None)).then_expect_events(vec![progressed(1, "open", None)]);
    job(running()).when(report(1, "open", Some(0))).then_expect_events(vec![progressed(1, "open", Some(0))]);
    let past = then(&running(), [progressed(1, "open", None)]);
    job(past.clone()).when(report(1, "open", Some(0))).then_expect_events(vec![progressed(1, "open", Some(0))]);
    job(past).when(report(1, "convert", Some(7))).then_expect_events(vec![progressed(1, "convert", Some(7))]);
}

#[test]
fn progress_is_told_once() {
    for percent in [None, Some(0), Some(40)] {
        let past = then(&running(), [progressed(1, "convert", percent)]);
        job(past).when(report(1, "convert", percent)).then_expect_events(vec![]);
    }
}

#[test]
fn within_a_step_nothing_goes_back() {
    let past = then(&running(), [progressed(1, "convert", Some(40))]);
    for earlier in [None, Some(0), Some(39)] {
        job(past.clone()).when(report(1, "convert", earlier)).then_expect_events(vec![]);
    }
    job(past.clone()).when(report(1, "convert", Some(41))).then_expect_events(vec![progressed(1, "convert", Some(41))]);
    job(past).when(report(1, "write", Some(1))).then_expect_events(vec![progressed(1, "write", Some(1))]);
}

#[test]
fn more_than_all_of_a_step_is_all_of_it() {
    job(running()).when(report(1, "convert", Some(255))).then_expect_events(vec![progressed(1, "convert", Some(100))]);
    let past = then(&running(), [progressed(1, "convert", Some(100))]);
    job(past).when(report(1, "convert", Some(101))).then_expect_events(vec![]);
}

#[test]
fn a_new_attempt_begins_anew() {
    let past = then(&running(), [progressed(1, "convert", Some(90)), expired(1), claimed(2, 2, 100), started(2)]);
    job(past).when(report(2, "convert", Some(1))).then_expect_events(vec![progressed(2, "convert", Some(1))]);
}

#[test]
fn a_container_that_does_not_run_yet_is_nowhere() {
    job(first_claim()).when(report(1, "convert", None)).then_expect_error(JobRefusal::NotStarted);
}
