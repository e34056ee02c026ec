//! The opposite of an edit that is in the data, as a delta file has it.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::state::state;
use super::{ChangeSetRefusal, DeltaMethod, DeltaOutcome, ReceivedDelta};
use crate::shared::ids::DeltaId;

/// The opposite of `delta`, of which `outcome` came: what was there before is there again, as long as what is there is what the
/// edit left. `client` stands for the device that would have made it: its features are those of the data, whatever keys they had
/// on the device that made `delta`.
pub(super) fn inverse(
    delta: &ReceivedDelta,
    outcome: &DeltaOutcome,
    id: DeltaId,
    client: Uuid,
) -> Result<Value, ChangeSetRefusal> {
    let untold = |missing| ChangeSetRefusal::CannotBeUndone { delta: delta.id, missing };
    let before = || state(&outcome.before).ok_or_else(|| untold("how its feature was before"));
    let after = || state(&outcome.after).ok_or_else(|| untold("how its feature was afterwards"));
    let text = |key: &str| delta.content.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let pk = outcome.modified_pk.as_deref().or_else(|| text("sourcePk"));
    let pk = pk.ok_or_else(|| untold("the key of its feature"))?;
    let layer = text("sourceLayerId").or_else(|| text("localLayerId")).unwrap_or_default();
    let (method, states) = match delta.method {
        DeltaMethod::Create => (DeltaMethod::Delete, json!({ "old": after()? })),
        DeltaMethod::Delete => (DeltaMethod::Create, json!({ "new": before()? })),
        DeltaMethod::Patch => {
            let (before, after) = (before()?, after()?);
            (DeltaMethod::Patch, json!({ "old": changed(&after, &before), "new": changed(&before, &after) }))
        }
    };
    let mut content = json!({
        "uuid": id,
        "clientId": client,
        "method": method,
        "localPk": pk,
        "sourcePk": pk,
        "localLayerId": layer,
        "sourceLayerId": layer,
    });
    // The states are in the system of the data, which is told where the device had another one.
    let system = [&outcome.after, &outcome.before].into_iter().find_map(|state| state.get("crs")?.as_str());
    for (key, known) in
        [("localLayerName", text("localLayerName")), ("localLayerCrs", system.or(text("localLayerCrs")))]
    {
        if let Some(known) = known {
            content[key] = json!(known);
        }
    }
    for key in ["old", "new"] {
        if let Some(state) = states.get(key) {
            content[key] = state.clone();
        }
    }
    Ok(content)
}

/// That of a state which is not so in `other`.
fn changed(state: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut changed = state.clone();
    changed.retain(|key, value| key == "attributes" || other.get(key) != Some(value));
    let others = other.get("attributes");
    if let Some(Value::Object(attributes)) = changed.get_mut("attributes") {
        attributes.retain(|name, value| others.and_then(|others| others.get(name)) != Some(value));
    }
    changed
}
