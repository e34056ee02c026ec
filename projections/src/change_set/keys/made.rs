//! What the data made of edits: keys, defaults and what triggers did, of which the device that made the edit knows nothing.

use std::collections::HashSet;

use fieldlog_domain::ResourceId;
use fieldlog_domain::change_set::DeltaMethod;
use rusqlite::params;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::column::Cells;
use crate::error::ReadError;
use crate::view::View;

/// Values of a device's feature that are stored otherwise than the device said.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeValues {
    /// The copy of the project on a device.
    pub client: Uuid,
    /// The layer in that copy.
    pub local_layer: String,
    /// The key in that copy.
    pub local_pk: String,
    /// The layer in the project.
    pub layer: String,
    /// By column what the device has there, and what is stored.
    pub made: Map<String, Value>,
    /// What the device said, and what is stored of it, of a feature that it made under another key than it got.
    pub renamed: Option<(Map<String, Value>, Map<String, Value>)>,
}

impl View {
    /// What the data made of the edits of these devices that are in it, in the order of the edits.
    pub fn made_values(&self, resource: ResourceId, clients: &HashSet<Uuid>) -> Result<Vec<MadeValues>, ReadError> {
        let sql = "SELECT client, local_layer, local_pk, layer, method, feedback -> '$.made',
                          content -> '$.new.attributes', after -> '$.attributes', content -> '$.old.attributes'
                   FROM change_set_delta
                   WHERE resource = ?1 AND client = ?2 AND modified_pk IS NOT NULL AND status = 'applied'
                       AND feedback -> '$.made' IS NOT NULL
                   ORDER BY key";
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut all = Vec::new();
            for client in clients {
                let rows = query.query_map(params![resource.uuid(), client], |row| {
                    let mut cells = Cells::of(row);
                    let (client, local_layer, local_pk, layer) =
                        (cells.get()?, cells.get()?, cells.get()?, cells.get()?);
                    let method: Option<DeltaMethod> = cells.word_if_any()?;
                    let made = object(cells.json_if_any()?);
                    let (said, stored) = (object(cells.json_if_any()?), object(cells.json_if_any()?));
                    let old = object(cells.json_if_any()?);
                    let is_renamed = method == Some(DeltaMethod::Create)
                        && made.keys().any(|name| said.get(name).is_some_and(|value| !value.is_null()));
                    let has = |name: &str| said.get(name).or_else(|| old.get(name)).cloned().unwrap_or_default();
                    let pair = |(name, stored): (String, Value)| {
                        let pair = json!({ "said": has(&name), "stored": stored });
                        (name, pair)
                    };
                    let made = made.into_iter().map(pair).collect();
                    let renamed = is_renamed.then_some((said, stored));
                    Ok(MadeValues { client, local_layer, local_pk, layer, made, renamed })
                })?;
                for row in rows {
                    all.push(row?);
                }
            }
            Ok(all)
        })
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
