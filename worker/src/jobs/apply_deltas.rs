//! Writes edits that devices pushed into the project's files.

mod delta_file;
mod why;

use std::collections::BTreeMap;

use bytes::Bytes;
use fieldlog_commands::job::JobInputs;
use fieldlog_domain::job::DELTA_OUTCOMES;
use fieldlog_projections::{JobRow, ReadError, View};
use serde_json::{Map, Value, json};

use self::delta_file::delta_file;
use super::{Aside, Brief, ContainerJob, Harvest, commits, program, project_and_file};
use crate::redaction::redact_value;

/// The most edits that one job applies; the others are another job's.
const MAX_DELTAS: usize = 20_000;
/// About the most bytes of them.
const MAX_BYTES: usize = 64 << 20;
const OVERWRITES: &str = "overwrite_conflicts";

/// See [`fieldlog_domain::job::JobKind::ApplyDeltas`].
pub(super) struct ApplyDeltas;

impl ContainerJob for ApplyDeltas {
    fn brief(&self, view: &View, job: &JobRow) -> Result<Brief, ReadError> {
        let pending = view.pending_deltas(job.resource, MAX_DELTAS, MAX_BYTES)?;
        let overwrites = view.resource(job.resource)?.is_none_or(|row| row.settings.overwrites_conflicts);
        let (earlier, blobs) = commits::earlier(&view.announced_commits(job.resource)?);
        Ok(Brief {
            is_idle: pending.is_empty(),
            parameters: BTreeMap::from([(OVERWRITES.to_owned(), overwrites.to_string())]),
            deltas: pending.iter().map(|delta| delta.id).collect(),
            folder: Some(commits::FOLDER),
            files: vec![("deltafile.json", delta_file(view, job, pending)?), ("commits/earlier.json", earlier)],
            blobs,
        })
    }

    fn command(&self, job: &JobRow, inputs: &JobInputs) -> Vec<String> {
        let overwrites = inputs.parameters.get(OVERWRITES).is_some_and(|overwrites| overwrites == "true");
        program("apply_deltas", overwrites.then_some("--overwrite-conflicts"), project_and_file(job))
    }

    fn harvest(&self) -> Harvest {
        Harvest::Changed
    }

    fn feedback_limit(&self) -> u64 {
        512 << 20
    }

    fn announces_commits(&self) -> bool {
        true
    }

    /// What came of each edit is as long as the edits are: it is kept beside the feedback.
    fn aside(&self, feedback: &mut Value) -> Option<Aside> {
        let found = feedback.pointer_mut("/outputs/apply_deltas/delta_feedback")?;
        let items = match found.take() {
            Value::Array(items) => items,
            _ => return None,
        };
        *found = json!(items.len());
        let has_applied = items.iter().any(|item| item.get("status") == Some(&json!("status_applied")));
        Some(Aside { name: DELTA_OUTCOMES, content: outcomes(items), says_nothing_changed: !has_applied })
    }

    fn check(&self, feedback: &Value) -> Result<(), String> {
        match feedback.pointer("/outputs/apply_deltas/delta_feedback") {
            Some(Value::Number(_)) => Ok(()),
            _ => Err("expected a list outputs.apply_deltas.delta_feedback in feedback.json, found none".to_owned()),
        }
    }
}

/// What came of edits, as it is kept. The values in it are the users' data, so nothing is taken out of them.
pub(super) fn outcomes(mut items: Vec<Value>) -> Bytes {
    items.iter_mut().filter_map(Value::as_object_mut).for_each(without_credentials);
    Value::Array(items).to_string().into()
}

fn without_credentials(item: &mut Map<String, Value>) {
    let values = ["before", "after"].map(|key| (key, item.remove(key)));
    item.values_mut().for_each(redact_value);
    item.extend(values.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
}
