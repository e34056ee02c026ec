//! The edit that stores something in place of one that was in conflict, as a delta file has it.

use serde_json::{Value, json};

use super::state::state;
use super::{ChangeSetRefusal, DeltaMethod, DeltaOutcome, ReceivedDelta, Replacement};
use crate::shared::ids::DeltaId;

/// Stores what was decided in the feature of `delta`, as long as that is as it was when the conflict was found: that is what
/// whoever decided has seen.
pub(super) fn replacing(
    delta: &ReceivedDelta,
    outcome: Option<&DeltaOutcome>,
    decided: &Replacement,
    id: DeltaId,
) -> Result<Value, ChangeSetRefusal> {
    if decided.attributes.is_empty() && decided.geometry.is_none() {
        return Err(ChangeSetRefusal::NothingToStore(delta.id));
    }
    let mut found = outcome.and_then(|outcome| state(&outcome.before)).unwrap_or_default();
    let known = found.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(unknown) = decided.attributes.keys().find(|name| !known.contains_key(*name)) {
        let known = known.keys().cloned().collect();
        return Err(ChangeSetRefusal::UnknownField { found: unknown.clone(), known });
    }
    let mut content = delta.content.clone();
    // Told where the device had another one than the data, in which what was found is.
    if let Some(system) = outcome.and_then(|outcome| outcome.before.get("crs")?.as_str()) {
        let own = content.get("new").and_then(|new| new.get("geometry"));
        if decided.geometry.is_some() && own.and_then(Value::as_str) == decided.geometry.as_deref() {
            // The device's own place was chosen, which is in the system of the device: a delta names but one.
            found.remove("geometry");
        } else {
            content["localLayerCrs"] = json!(system);
        }
    }
    content["uuid"] = json!(id);
    content["method"] = json!(DeltaMethod::Patch);
    let old = if found.is_empty() { json!({ "attributes": {} }) } else { Value::Object(found) };
    let mut new = json!({ "attributes": decided.attributes });
    if let Some(geometry) = &decided.geometry {
        new["geometry"] = json!(geometry);
    }
    (content["old"], content["new"]) = (old, new);
    Ok(content)
}
