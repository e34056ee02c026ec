//! Writes edits that devices pushed into the project's files.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use fieldlog_commands::job::JobInputs;
use fieldlog_domain::JobId;
use fieldlog_domain::job::DELTA_OUTCOMES;
use fieldlog_projections::{IfChanged, JobRow, KnownFeature, PendingDelta, ReadError, View};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Aside, Brief, ContainerJob, Harvest, commits, program, project_and_file};
use crate::redaction::redact_value;

/// The most edits that one job applies; the others are another job's.
const MAX_DELTAS: usize = 20_000;
/// About the most bytes of them.
const MAX_BYTES: usize = 64 << 20;
const OVERWRITES: &str = "overwrite_conflicts";
/// What the container is told of one edit. No device says that.
const OVERWRITES_ONE: &str = "overwriteConflicts";
const STRICT: &str = "strict";

/// See [`fieldlog_domain::job::JobKind::ApplyDeltas`].
pub(super) struct ApplyDeltas;

impl ContainerJob for ApplyDeltas {
    fn brief(&self, view: &View, job: &JobRow) -> Result<Brief, ReadError> {
        let pending = view.pending_deltas(job.resource, MAX_DELTAS, MAX_BYTES)?;
        let overwrites = view.resource(job.resource)?.is_none_or(|row| row.settings.overwrites_conflicts);
        let clients: BTreeSet<Uuid> = pending.iter().filter_map(client).collect();
        let known = view.known_features(job.resource, &clients.into_iter().collect::<Vec<_>>())?;
        let (earlier, blobs) = commits::earlier(&view.announced_commits(job.resource)?);
        Ok(Brief {
            is_idle: pending.is_empty(),
            parameters: BTreeMap::from([(OVERWRITES.to_owned(), overwrites.to_string())]),
            deltas: pending.iter().map(|delta| delta.id).collect(),
            folder: Some(commits::FOLDER),
            files: vec![("deltafile.json", delta_file(job.id, job, pending, known)), ("commits/earlier.json", earlier)],
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

fn client(delta: &PendingDelta) -> Option<Uuid> {
    delta.content.get("clientId")?.as_str()?.parse().ok()
}

/// The edits as the container reads them (QFieldCloud reference, section 9.2). Ours besides: `overwriteConflicts` of an edit that
/// wins whatever the project says, `strict` of one that never does.
fn delta_file(id: JobId, job: &JobRow, pending: Vec<PendingDelta>, known: Vec<KnownFeature>) -> Bytes {
    let deltas: Vec<Value> = pending.into_iter().map(told).collect();
    let keys = known.into_iter().map(|feature| {
        let name = format!("{}__{}__{}", feature.client, feature.local_layer, feature.local_pk);
        (name, Value::String(feature.modified_pk))
    });
    let file = json!({
        "version": "1.0",
        "id": id,
        "project": job.resource,
        "files": [],
        "deltas": deltas,
        "clientPks": Map::from_iter(keys),
    });
    Bytes::from(file.to_string())
}

fn told(delta: PendingDelta) -> Value {
    let mut content = delta.content;
    if let Some(content) = content.as_object_mut() {
        content.retain(|key, _| key != OVERWRITES_ONE && key != STRICT);
    }
    match delta.if_changed {
        IfChanged::AsTheProjectSays => {}
        IfChanged::Overwrite => content[OVERWRITES_ONE] = json!(true),
        IfChanged::Stop => content[STRICT] = json!(true),
    }
    content
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
