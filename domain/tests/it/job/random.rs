//! Whatever is asked in whatever order: one end at most, attempts that only grow, no word from a lost lease.

use fieldlog_domain::job::{Job, JobCommand, JobEvent, JobState, RequestJob, Settlement};
use proptest::prelude::*;

use super::*;
use crate::replay::told;

fn command() -> impl Strategy<Value = JobCommand> {
    let (attempt, now) = (0..5_u32, 0..400_i64);
    prop_oneof![
        1 => (1..4_u32).prop_map(|max_attempts| JobCommand::Request(RequestJob { max_attempts, ..request() })),
        6 => (0..3_u128, now.clone()).prop_map(|(n, now)| claim(n, now)),
        4 => attempt.clone().prop_map(start),
        3 => (attempt.clone(), now.clone()).prop_map(|(attempt, until)| renew(attempt, until)),
        4 => (attempt.clone(), 0..3_u8, prop::option::of(0..4_u8))
            .prop_map(|(attempt, step, percent)| report(attempt, &step.to_string(), percent)),
        4 => now.clone().prop_map(expire),
        3 => (attempt.clone(), now).prop_map(|(attempt, not_before)| retry(attempt, not_before)),
        1 => attempt.clone().prop_map(finish),
        1 => attempt.prop_map(fail),
        1 => Just(JobCommand::Cancel),
        1 => Just(JobCommand::Settle(Settlement::Taken)),
    ]
}

fn is_end(event: &JobEvent) -> bool {
    matches!(event, JobEvent::JobFinished { .. } | JobEvent::JobFailed { .. } | JobEvent::JobCancelled {})
}

/// The attempt an event speaks for, but for the claims that begin one.
fn spoken_for(event: &JobEvent) -> Option<u32> {
    match event {
        JobEvent::JobStarted { attempt, .. }
        | JobEvent::JobProgressed { attempt, .. }
        | JobEvent::CommitAnnounced { attempt, .. }
        | JobEvent::LeaseRenewed { attempt, .. }
        | JobEvent::LeaseExpired { attempt }
        | JobEvent::JobRetryScheduled { attempt, .. }
        | JobEvent::JobFinished { attempt, .. }
        | JobEvent::JobFailed { attempt, .. } => Some(*attempt),
        JobEvent::JobRequested { .. }
        | JobEvent::JobClaimed { .. }
        | JobEvent::JobCancelled {}
        | JobEvent::JobSettled { .. } => None,
    }
}

proptest! {
    #[test]
    fn a_job_has_one_end_at_most_and_only_what_comes_of_it_follows(commands in prop::collection::vec(command(), 0..60)) {
        let (job, events) = told::<Job>(commands);
        let first_end = events.iter().position(is_end);
        let is_settled = matches!(events.last(), Some(JobEvent::JobSettled { .. }));
        let end = events.len() - usize::from(is_settled);
        prop_assert!(first_end.is_none_or(|n| n + 1 == end), "{events:?}");
        prop_assert_eq!(job.is_settled(), is_settled);
        prop_assert!(!is_settled || first_end.is_some(), "{events:?}");
        prop_assert_eq!(job.state().is_some_and(JobState::is_final), first_end.is_some());
    }

    #[test]
    fn attempts_count_up_to_the_most_allowed(commands in prop::collection::vec(command(), 0..60)) {
        let (_, events) = told::<Job>(commands);
        let attempts = events.iter().filter_map(|event| match event {
            JobEvent::JobClaimed { attempt, .. } => Some(*attempt),
            _ => None,
        });
        let allowed = events.iter().find_map(|event| match event {
            JobEvent::JobRequested { max_attempts, .. } => Some(*max_attempts),
            _ => None,
        });
        let attempts: Vec<u32> = attempts.collect();
        prop_assert_eq!(&attempts, &(1..=attempts.len() as u32).collect::<Vec<_>>());
        prop_assert!(attempts.len() as u32 <= allowed.unwrap_or(0), "{attempts:?} of {allowed:?}");
    }

    #[test]
    fn within_a_step_progress_only_goes_on(commands in prop::collection::vec(command(), 0..60)) {
        let (_, events) = told::<Job>(commands);
        let mut last = None;
        for event in events {
            match event {
                JobEvent::JobClaimed { .. } => last = None,
                JobEvent::JobProgressed { step, percent, .. } => {
                    let before = last.replace((step.clone(), percent));
                    prop_assert!(before.is_none_or(|before| before.0 != step || before.1 < percent));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn only_the_attempt_that_has_the_job_speaks(commands in prop::collection::vec(command(), 0..60)) {
        let (_, events) = told::<Job>(commands);
        let mut holder = None;
        for (n, event) in events.iter().enumerate() {
            let is_given_up = is_end(event) && n > 0 && matches!(events[n - 1], JobEvent::LeaseExpired { .. });
            match event {
                JobEvent::JobClaimed { attempt, .. } => holder = Some(*attempt),
                JobEvent::LeaseExpired { attempt } | JobEvent::JobRetryScheduled { attempt, .. } => {
                    prop_assert_eq!(holder.take(), Some(*attempt));
                }
                other if !is_given_up => {
                    prop_assert!(spoken_for(other).is_none_or(|attempt| holder == Some(attempt)), "{events:?}");
                }
                _ => {}
            }
        }
    }
}
