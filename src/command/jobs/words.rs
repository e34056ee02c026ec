//! How jobs are told of, to people and to programs.

use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_domain::job::{JobError, JobState};
use fieldlog_projections::JobRow;
use serde_json::{Value, json};

/// A moment, as lists show it.
pub fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A length of time: `0.8 s`, `12 s`, `3 min 05 s`, `2 h 07 min`.
pub fn length(time: TimeDelta) -> String {
    let time = time.max(TimeDelta::zero());
    let seconds = time.num_seconds();
    match seconds {
        0..=9 => format!("{}.{} s", seconds, time.subsec_millis() / 100),
        10..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// How long the last attempt has run, or ran; none when there is none.
pub fn elapsed(row: &JobRow, now: DateTime<Utc>) -> Option<TimeDelta> {
    let end = match row.state {
        JobState::Requested => return None,
        JobState::Claimed | JobState::Started => now,
        JobState::Finished | JobState::Failed | JobState::Cancelled => row.ended_at?,
    };
    Some(end - row.claimed_at?)
}

/// Where a job is on its way, in one line.
pub fn standing(row: &JobRow, now: DateTime<Utc>) -> String {
    let attempt = match row.attempt {
        0 | 1 => String::new(),
        attempt => format!(", attempt {attempt} of {}", row.max_attempts),
    };
    let took = elapsed(row, now).map(|time| format!(" after {}", length(time))).unwrap_or_default();
    match row.state {
        JobState::Requested => match row.not_before.filter(|time| now < *time) {
            Some(time) => format!("waits until {} to be tried again{attempt}", moment(time)),
            None => format!("waits for a worker{attempt}"),
        },
        JobState::Claimed => format!("is prepared{attempt}"),
        JobState::Started => format!("{}{attempt}", row.step.as_deref().unwrap_or("runs")),
        JobState::Finished => format!("finished{took}{attempt}"),
        JobState::Failed => format!("failed{took}{attempt}: {}", row.error.as_ref().map_or_else(String::new, why)),
        JobState::Cancelled => format!("cancelled{took}{attempt}"),
    }
}

/// Why a job failed.
pub fn why(error: &JobError) -> String {
    match &error.step {
        Some(step) => format!("{} (at {step})", error.message),
        None => error.message.clone(),
    }
}

/// Everything that is known of a job.
pub fn as_json(row: &JobRow, project: &str) -> Value {
    json!({
        "id": row.id, "kind": row.kind, "project": project, "resource": row.resource, "revision": row.revision,
        "project_file": row.project_file, "state": row.state, "cause": row.cause, "requester": row.requester,
        "attempt": row.attempt, "max_attempts": row.max_attempts, "worker": row.worker, "step": row.step,
        "percent": row.percent, "not_before": row.not_before, "requested_at": row.requested_at,
        "claimed_at": row.claimed_at, "started_at": row.started_at, "ended_at": row.ended_at,
        "settled_at": row.settled_at, "container": row.container, "image": row.image,
        "image_digest": row.image_digest, "inputs": row.inputs, "outputs": row.outputs, "error": row.error,
        "exit_code": row.exit_code, "log": row.log,
    })
}

/// A text from elsewhere that does nothing to the terminal it is shown on.
pub fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_exact_as_they_are_of_use() {
        for (milliseconds, expected) in [
            (-5, "0.0 s"),
            (840, "0.8 s"),
            (9_990, "9.9 s"),
            (10_000, "10 s"),
            (59_999, "59 s"),
            (185_000, "3 min 05 s"),
            (7_620_000, "2 h 07 min"),
        ] {
            assert_eq!(length(TimeDelta::milliseconds(milliseconds)), expected);
        }
    }

    #[test]
    fn what_a_text_would_do_to_a_terminal_is_shown_instead() {
        assert_eq!(harmless("a\tb \u{1b}[2Jc\u{7}"), "a\tb \u{fffd}[2Jc\u{fffd}");
    }
}
