//! The delta file that QField pushes (QFieldCloud reference, section 9.1): read strictly where the contract is strict, and kept as it
//! was written.

use serde_json::{Map, Value};
use thiserror::Error;
use uuid::Uuid;

use super::DeltaMethod;
use crate::shared::ids::{DeltaId, ResourceId};

/// A delta file that keeps the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaFile {
    /// Its own id.
    pub id: Uuid,
    /// The project it says it is for.
    pub project: ResourceId,
    /// Its edits, in order.
    pub deltas: Vec<Delta>,
}

/// One edit of one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    /// Which one.
    pub id: DeltaId,
    /// What it does.
    pub method: DeltaMethod,
    /// All of it, as the device wrote it.
    pub content: Value,
}

/// Why a file is no delta file: where, what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: expected {expected}, found {found}")]
pub struct BadDeltaFile {
    place: String,
    expected: &'static str,
    found: String,
}

const STATE_KEYS: [&str; 4] = ["geometry", "attributes", "files_sha256", "is_snapshot"];

impl DeltaFile {
    /// Reads a delta file, or says what is wrong with it. Zero characters in texts are dropped: no database keeps them.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadDeltaFile> {
        let mut root: Value = serde_json::from_slice(bytes).map_err(|error| BadDeltaFile {
            place: "the file".to_owned(),
            expected: "JSON",
            found: error.to_string(),
        })?;
        without_zeros(&mut root);
        let root = Place { name: String::new(), value: Some(&root) };
        let version = root.key("version");
        if version.value.and_then(Value::as_str) != Some("1.0") {
            return Err(version.bad("\"1.0\""));
        }
        let (id, project) = (root.key("id").uuid()?, root.key("project").uuid()?);
        let files = root.key("files");
        let mut names: Vec<&str> = Vec::new();
        for file in files.array()? {
            let name = file.text()?;
            if names.contains(&name) {
                return Err(file.bad("a name that is there once"));
            }
            names.push(name);
        }
        let deltas = root.key("deltas").array()?.iter().map(Delta::read).collect::<Result<_, _>>()?;
        Ok(Self { id, project: ResourceId(project), deltas })
    }
}

impl Delta {
    fn read(delta: &Place<'_>) -> Result<Self, BadDeltaFile> {
        let content = delta.value.filter(|value| value.is_object()).ok_or_else(|| delta.bad("an object"))?;
        let id = DeltaId(delta.key("uuid").uuid()?);
        delta.key("clientId").uuid()?;
        let method = delta.key("method");
        let method: DeltaMethod = method.text()?.parse().map_err(|_| method.bad("create, patch or delete"))?;
        for key in ["localPk", "sourcePk", "localLayerId", "sourceLayerId"] {
            delta.key(key).text()?;
        }
        for key in ["exportId", "localLayerCrs", "localLayerName"] {
            delta.key(key).text_if_any()?;
        }
        let (needs_old, needs_new) = match method {
            DeltaMethod::Create => (false, true),
            DeltaMethod::Patch => (true, true),
            DeltaMethod::Delete => (true, false),
        };
        for (key, is_needed) in [("old", needs_old), ("new", needs_new)] {
            let state = delta.key(key);
            if is_needed || state.value.is_some_and(|value| !value.is_null()) {
                check_state(&state)?;
            }
        }
        Ok(Self { id, method, content: content.clone() })
    }
}

/// What a feature was or becomes.
fn check_state(state: &Place<'_>) -> Result<(), BadDeltaFile> {
    let object = state.object()?;
    if let Some(unknown) = object.keys().find(|key| !STATE_KEYS.contains(&key.as_str())) {
        return Err(state.key(unknown).bad("only geometry, attributes, files_sha256 and is_snapshot"));
    }
    let geometry = state.key("geometry");
    geometry.text_if_any()?;
    if object.contains_key("attributes") {
        state.key("attributes").object()?;
    }
    if object.contains_key("files_sha256") {
        let files = state.key("files_sha256");
        for name in files.object()?.keys() {
            files.key(name).text_if_any()?;
        }
    }
    let is_snapshot = state.key("is_snapshot");
    match is_snapshot.value {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(is_snapshot.bad("true or false")),
    }
}

/// A value and where it is in the file.
struct Place<'a> {
    name: String,
    value: Option<&'a Value>,
}

impl<'a> Place<'a> {
    fn key(&self, key: &str) -> Self {
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Self { name, value: self.value.and_then(|value| value.get(key)) }
    }

    fn bad(&self, expected: &'static str) -> BadDeltaFile {
        let found = match self.value {
            None => "nothing".to_owned(),
            Some(Value::Array(_)) => "an array".to_owned(),
            Some(Value::Object(_)) => "an object".to_owned(),
            Some(value) => value.to_string().chars().take(100).collect(),
        };
        let place = if self.name.is_empty() { "the file".to_owned() } else { self.name.clone() };
        BadDeltaFile { place, expected, found }
    }

    fn text(&self) -> Result<&'a str, BadDeltaFile> {
        self.value.and_then(Value::as_str).ok_or_else(|| self.bad("a text"))
    }

    fn text_if_any(&self) -> Result<(), BadDeltaFile> {
        match self.value {
            None | Some(Value::Null | Value::String(_)) => Ok(()),
            Some(_) => Err(self.bad("a text or null")),
        }
    }

    fn uuid(&self) -> Result<Uuid, BadDeltaFile> {
        self.value.and_then(Value::as_str).and_then(|text| text.parse().ok()).ok_or_else(|| self.bad("a UUID"))
    }

    fn object(&self) -> Result<&'a Map<String, Value>, BadDeltaFile> {
        self.value.and_then(Value::as_object).ok_or_else(|| self.bad("an object"))
    }

    fn array(&self) -> Result<Vec<Place<'a>>, BadDeltaFile> {
        let items = self.value.and_then(Value::as_array).ok_or_else(|| self.bad("an array"))?;
        let place = |(index, value)| Place { name: format!("{}[{index}]", self.name), value: Some(value) };
        Ok(items.iter().enumerate().map(place).collect())
    }
}

fn without_zeros(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|character| character != '\0'),
        Value::Array(items) => items.iter_mut().for_each(without_zeros),
        Value::Object(object) => object.values_mut().for_each(without_zeros),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
