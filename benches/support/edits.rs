//! Edits of a survey (`support/survey.rs`), as QField writes them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::survey::Survey;

const LAYER: &str = "sites_survey";

/// A delta file, and how many features there are when it was applied.
pub struct Edits {
    pub id: Uuid,
    pub count: u64,
    pub json: String,
    created: u64,
    deleted: u64,
}

impl Edits {
    /// New features only.
    pub fn creates(project: &str, count: u64) -> Self {
        Self::new(project, (0..count).map(|_| Edit::Create), count)
    }

    /// Creates, patches and deletes in turn; the patched and the deleted features are the survey's from `first` on.
    pub fn mixed(project: &str, count: u64, first: u64) -> Self {
        let edit = |number: u64| match number % 3 {
            0 => Edit::Create,
            1 => Edit::Patch(first + number),
            _ => Edit::Delete(first + number),
        };
        Self::new(project, (0..count).map(edit), count)
    }

    fn new(project: &str, edits: impl Iterator<Item = Edit>, count: u64) -> Self {
        let (id, client) = (Uuid::new_v4(), Uuid::new_v4());
        let (mut created, mut deleted) = (0, 0);
        let mut deltas = Vec::new();
        for (number, edit) in (1..).zip(edits) {
            created += u64::from(matches!(edit, Edit::Create));
            deleted += u64::from(matches!(edit, Edit::Delete(_)));
            deltas.push(edit.delta(client, Survey::POINTS.features + number));
        }
        let file = json!({ "version": "1.0", "id": id, "project": project, "files": [], "deltas": deltas });
        Self { id, count, json: file.to_string(), created, deleted }
    }

    /// How many features there are when all of it was applied to so many.
    pub fn applied_to(&self, features: u64) -> u64 {
        features + self.created - self.deleted
    }
}

enum Edit {
    Create,
    Patch(u64),
    Delete(u64),
}

impl Edit {
    fn delta(self, client: Uuid, number: u64) -> Value {
        let (method, key, states) = match self {
            Self::Create => ("create", None, json!({ "new": created(number) })),
            Self::Patch(key) => {
                let (old, new) = patched(key);
                ("patch", Some(key), json!({ "old": old, "new": new }))
            }
            Self::Delete(key) => ("delete", Some(key), json!({ "old": whole(key) })),
        };
        let mut delta = json!({
            "uuid": Uuid::new_v4(),
            "clientId": client,
            "exportId": client,
            "method": method,
            "localPk": key.unwrap_or(number).to_string(),
            "sourcePk": key.map(|key| key.to_string()).unwrap_or_default(),
            "localLayerId": LAYER,
            "sourceLayerId": LAYER,
            "localLayerName": "Sites",
            "localLayerCrs": "EPSG:25832",
        });
        let Value::Object(states) = states else { unreachable!("states are an object") };
        delta.as_object_mut().expect("a delta is an object").extend(states);
        delta
    }
}

/// A site of the survey, as `survey/make_survey.py` makes it.
fn whole(number: u64) -> Value {
    json!({ "geometry": point(number, 0), "attributes": {
        "fid": number,
        "code": format!("S-{number}"),
        "quality": quality(number),
        "depth": (number % 1000) as f64 / 8.0,
        "remarks": remarks(number),
    } })
}

/// The source gives it its key.
fn created(number: u64) -> Value {
    let mut site = whole(number);
    site["attributes"]["fid"] = Value::Null;
    site
}

/// Of every second site the place changes too.
fn patched(number: u64) -> (Value, Value) {
    let mut old = json!({ "attributes": { "quality": quality(number), "remarks": remarks(number) } });
    let mut new = json!({ "attributes": { "quality": quality(number) + 1, "remarks": "as found on a later visit" } });
    if number.is_multiple_of(2) {
        old["geometry"] = json!(point(number, 0));
        new["geometry"] = json!(point(number, 3));
    }
    (old, new)
}

fn point(number: u64, moved: u64) -> String {
    format!("Point ({} {})", 400_000 + number % 1000 * 10 + moved, 5_300_000 + number / 1000 * 10)
}

fn quality(number: u64) -> u64 {
    number % 5 + 1
}

fn remarks(number: u64) -> String {
    format!("as found on the first visit of site {number}")
}
