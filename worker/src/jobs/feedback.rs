//! Reads `feedback.json` (QFieldCloud reference, section 8.3).

use fieldlog_domain::job::{JobError, JobErrorKind};
use serde_json::Value;

const LONGEST_MESSAGE: usize = 4_000;
const IN_PROGRESS: i64 = 1;

/// The failure that a workflow reports; none when it reports none.
pub(super) fn failure(feedback: &Value) -> Option<JobError> {
    let message = match feedback.get("error") {
        None | Some(Value::Null | Value::Bool(false)) => return None,
        Some(Value::String(text)) if text.is_empty() => return None,
        Some(Value::String(text)) => text.chars().take(LONGEST_MESSAGE).collect(),
        Some(other) => other.to_string().chars().take(LONGEST_MESSAGE).collect(),
    };
    let kind = match feedback.get("error_type").and_then(Value::as_str) {
        Some("INVALID_PROJECT_FILE") => JobErrorKind::InvalidProjectFile,
        _ => JobErrorKind::Workflow,
    };
    Some(JobError { kind, message, step: step_in_progress(feedback) })
}

/// The step at which a workflow stopped.
pub(super) fn step_in_progress(feedback: &Value) -> Option<String> {
    let steps = feedback.get("steps")?.as_array()?;
    let stopped = steps.iter().find(|step| step.get("stage").and_then(Value::as_i64) == Some(IN_PROGRESS))?;
    Some(stopped.get("id")?.as_str()?.chars().take(100).collect())
}
