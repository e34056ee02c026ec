//! A feature as a job found or left it.

use serde_json::{Map, Value};

/// What a delta file may say of a feature that a job found or left: its attributes, and where it is, as far as that is known.
pub(super) fn state(told: &Value) -> Option<Map<String, Value>> {
    let attributes = told.get("attributes").filter(|attributes| attributes.is_object())?;
    let geometry = told.get("geometry").filter(|geometry| geometry.is_string() || geometry.is_null());
    let keys = [("attributes", Some(attributes)), ("geometry", geometry)];
    Some(keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.clone()))).collect())
}
