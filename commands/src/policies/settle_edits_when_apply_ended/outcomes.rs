//! Reads what a job says came of its edits (QFieldCloud reference, section 9.5).

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use fieldlog_domain::change_set::{DeltaOutcome, DeltaVerdict};
use fieldlog_domain::{DeltaId, Sha256Digest};
use fieldlog_storage::{Storage, StorageError};
use serde_json::{Map, Value, json};

use super::super::occasion::Later;
use crate::job::JobInputs;

/// More than the edits of one job ever are.
const MAX_BYTES: u64 = 512 << 20;

/// What came of the edits of a job.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// Of each edit that was given, in that order.
    pub(super) all: Vec<DeltaOutcome>,
    /// Those that are in a database: they stay there, whatever becomes of the job's files.
    pub(super) in_databases: BTreeSet<DeltaId>,
}

/// The edits that a job was given; none when the list is lost.
pub(super) async fn given(storage: &Storage, inputs: &Sha256Digest) -> Result<Option<Vec<DeltaId>>, Later> {
    Ok(inputs_of(storage, inputs).await?.map(|inputs| inputs.deltas))
}

/// The list of what a job was given; none when it is lost.
pub(super) async fn inputs_of(storage: &Storage, inputs: &Sha256Digest) -> Result<Option<JobInputs>, Later> {
    let json = kept(storage, inputs).await?;
    Ok(json.and_then(|json| JobInputs::from_json(&json).ok()))
}

/// A blob of the job; none when it is lost: waiting for it would hold up every other policy for ever.
pub(in crate::policies) async fn kept(storage: &Storage, digest: &Sha256Digest) -> Result<Option<Bytes>, Later> {
    match storage.read_to_bytes(digest, MAX_BYTES).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error @ (StorageError::NotFound { .. } | StorageError::Damaged { .. })) => {
            tracing::error!(%digest, %error, "what a job left is lost; edits are seen to without it");
            Ok(None)
        }
        Err(other) => Err(Later(other.to_string())),
    }
}

/// What came of each edit that was given; none when that is lost. Of an edit about which the job says nothing
/// nobody knows.
pub(super) async fn read(
    storage: &Storage,
    outcomes: &Sha256Digest,
    given: Vec<DeltaId>,
) -> Result<Option<Outcomes>, Later> {
    let Some(json) = kept(storage, outcomes).await? else { return Ok(None) };
    let items: Vec<Map<String, Value>> = serde_json::from_slice(&json).unwrap_or_default();
    let mut said: HashMap<DeltaId, Map<String, Value>> = HashMap::new();
    let mut in_databases = BTreeSet::new();
    for mut item in items {
        if let Some(id) = item.get("delta_id").and_then(Value::as_str).and_then(|id| id.parse().ok()) {
            if item.remove("is_final") == Some(Value::Bool(true)) {
                in_databases.insert(id);
            }
            said.entry(id).or_insert(item);
        }
    }
    let outcome = |id: DeltaId| match said.remove(&id) {
        Some(item) => outcome(id, item),
        None => failed(id, "the job said nothing about this edit"),
    };
    Ok(Some(Outcomes { all: given.into_iter().map(outcome).collect(), in_databases }))
}

/// An edit that was not applied because its job was not done.
pub(super) fn failed(id: DeltaId, why: &str) -> DeltaOutcome {
    let feedback = json!({ "msg": why, "status": "status_unknown_error" });
    DeltaOutcome {
        id,
        verdict: DeltaVerdict::Error,
        modified_pk: None,
        feedback,
        before: Value::Null,
        after: Value::Null,
    }
}

fn outcome(id: DeltaId, mut item: Map<String, Value>) -> DeltaOutcome {
    let verdict = match item.get("status").and_then(Value::as_str) {
        Some("status_applied") => DeltaVerdict::Applied,
        Some("status_conflict") => DeltaVerdict::Conflict,
        Some("status_apply_failed") => DeltaVerdict::NotApplied,
        _ => DeltaVerdict::Error,
    };
    let mut take = |key: &str| item.remove(key).unwrap_or_default();
    let (before, after) = (take("before"), take("after"));
    let modified_pk = match item.get("modified_pk") {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    DeltaOutcome { id, verdict, modified_pk, feedback: Value::Object(item), before, after }
}
