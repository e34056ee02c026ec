//! What a container is about to commit in a database: said before it does, by who has the job.

use fieldlog_domain::job::{JobRefusal, JobState};

use super::*;
use crate::build::job;

#[test]
fn a_commit_is_announced_before_and_after_the_start_is_known() {
    job(first_claim()).when(announce(1, "740")).then_expect_events(vec![announced(1, "740")]);
    job(running()).when(announce(1, "740")).then_expect_events(vec![announced(1, "740")]);
}

#[test]
fn a_commit_that_is_announced_again_is_no_news_and_another_one_is() {
    let past = then(&running(), [announced(1, "740")]);
    job(past.clone()).when(announce(1, "740")).then_expect_events(vec![]);
    job(past).when(announce(1, "741")).then_expect_events(vec![announced(1, "741")]);
}

#[test]
fn who_has_lost_the_job_may_not_commit() {
    let lost = JobRefusal::LeaseLost { found: 1, current: 2 };
    job(second_claim()).when(announce(1, "740")).then_expect_error(lost);
    let free = then(&running(), [expired(1)]);
    job(free).when(announce(1, "740")).then_expect_error(JobRefusal::LeaseLost { found: 1, current: 1 });
    for (end, state) in [(JobEvent::JobCancelled {}, JobState::Cancelled), (failed(1), JobState::Failed)] {
        let past = then(&running(), [end]);
        job(past).when(announce(1, "740")).then_expect_error(JobRefusal::AlreadyEnded(state));
    }
}
