//! The edits as the container reads them (QFieldCloud reference, section 9.2), and what it is told besides.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use fieldlog_eventlog::Position;
use fieldlog_projections::{FeatureKeys, IfChanged, JobRow, MadeValues, MappedColumn, PendingDelta, ReadError, View};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::why::Names;

/// An edit that wins whatever the project says.
const OVERWRITES: &str = "overwriteConflicts";
/// An edit that never does.
const STRICT: &str = "strict";
/// The edit that deleted the feature.
const DELETED: &str = "featureDeleted";
/// Where values belong that find no column.
const COLUMNS: &str = "columns";
/// What no device says of an edit.
const OURS: [&str; 4] = [OVERWRITES, STRICT, DELETED, COLUMNS];

/// `deltafile.json`. Ours besides: what is said of single edits, and the keys that are believed as far as is told, or not any more.
pub(super) fn delta_file(view: &View, job: &JobRow, pending: Vec<PendingDelta>) -> Result<Bytes, ReadError> {
    let columns = Columns::read(view, job, &pending)?;
    let made = view.made_values(job.resource, &pending.iter().filter_map(client).collect())?;
    let edited = view.written_by_edits(job.resource, &pending.iter().filter_map(feature).collect())?;
    let mut keys = view.feature_keys(job.resource, &pending)?;
    let names = Names::read(view, &keys)?;
    let tell = |delta: PendingDelta| {
        let deleted = keys.deleted.remove(&delta.id).map(|deleted| names.deleted(&deleted));
        let columns = columns.of(&delta.content);
        told(delta, deleted, columns)
    };
    let deltas: Vec<Value> = pending.into_iter().map(tell).collect();
    let mut file = json!({ "version": "1.0", "id": job.id, "project": job.resource, "files": [], "deltas": deltas });
    for (belief, keys) in by_belief(keys, &names) {
        file[belief] = Value::Object(keys);
    }
    file["edited"] = json!(edited);
    file["parents"] = made.iter().filter_map(parent).collect();
    file["madeValues"] = Value::Object(made_values(made));
    Ok(Bytes::from(file.to_string()))
}

fn client(delta: &PendingDelta) -> Option<Uuid> {
    delta.content.get("clientId")?.as_str()?.parse().ok()
}

/// The feature of the project's data that an edit names.
fn feature(delta: &PendingDelta) -> Option<(String, String)> {
    let text = |key: &str| delta.content.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some((text("sourceLayerId").or_else(|| text("localLayerId"))?.to_owned(), text("sourcePk")?.to_owned()))
}

/// A feature that a device made under another key than it got: its children hold the key that the device gave it.
fn parent(made: &MadeValues) -> Option<Value> {
    let (said, stored) = made.renamed.as_ref()?;
    Some(json!({ "client": made.client, "layer": made.layer, "said": said, "stored": stored }))
}

/// What the data made of features of devices, by what the devices call them.
fn made_values(all: Vec<MadeValues>) -> Map<String, Value> {
    let mut by_name = Map::new();
    for made in all {
        let name = format!("{}__{}__{}", made.client, made.local_layer, made.local_pk);
        match by_name.entry(name).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(known) => known.extend(made.made),
            _ => unreachable!("only objects are put there"),
        }
    }
    by_name
}

/// What devices' features are called in the data, by how far that is believed.
fn by_belief(keys: FeatureKeys, names: &Names) -> [(&'static str, Map<String, Value>); 3] {
    let mut by_belief = ["clientPks", "uncertainPks", "lostPks"].map(|belief| (belief, Map::new()));
    for feature in keys.known {
        let name = format!("{}__{}__{}", feature.client, feature.local_layer, feature.local_pk);
        let (place, told) = names.belief(feature);
        by_belief[place].1.insert(name, told);
    }
    by_belief
}

fn told(delta: PendingDelta, deleted: Option<Value>, columns: Map<String, Value>) -> Value {
    let mut content = delta.content;
    if let Some(content) = content.as_object_mut() {
        content.retain(|key, _| !OURS.contains(&key.as_str()));
    }
    match delta.if_changed {
        IfChanged::AsTheProjectSays => {}
        IfChanged::Overwrite => content[OVERWRITES] = json!(true),
        IfChanged::Stop => content[STRICT] = json!(true),
    }
    if let Some(deleted) = deleted {
        content[DELETED] = deleted;
    }
    if !columns.is_empty() {
        content[COLUMNS] = Value::Object(columns);
    }
    content
}

/// Where managers said that values of columns belong.
struct Columns {
    mapped: Vec<MappedColumn>,
    made_after: HashMap<Uuid, Position>,
}

impl Columns {
    fn read(view: &View, job: &JobRow, pending: &[PendingDelta]) -> Result<Self, ReadError> {
        let mapped = view.mapped_columns(job.resource)?;
        let packages: HashSet<Uuid> = match mapped.is_empty() {
            true => HashSet::new(),
            false => pending.iter().filter_map(|delta| package(&delta.content)).collect(),
        };
        Ok(Self { mapped, made_after: view.packages_made_after(job.resource, packages)? })
    }

    /// What holds for an edit: a device whose package was made after a manager said so has the columns as they are.
    fn of(&self, content: &Value) -> Map<String, Value> {
        let text = |key: &str| content.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let layer = text("sourceLayerId").or_else(|| text("localLayerId"));
        let made_after = package(content).and_then(|package| self.made_after.get(&package));
        let holds = |mapped: &&MappedColumn| {
            mapped.mapping.layer.as_deref() == layer && made_after.is_none_or(|after| *after < mapped.said)
        };
        let columns = self.mapped.iter().filter(holds).map(|mapped| &mapped.mapping);
        columns.map(|mapping| (mapping.from.clone(), json!(mapping.to))).collect()
    }
}

fn package(content: &Value) -> Option<Uuid> {
    content.get("exportId")?.as_str()?.parse().ok()
}
