//! What applied edits have written into features: a value that is there for that tells nothing of which feature it is.

use std::collections::{HashMap, HashSet};

use fieldlog_domain::ResourceId;
use rusqlite::params;
use serde_json::{Map, Value};

use crate::column::{Cells, json};
use crate::error::ReadError;
use crate::view::View;

/// By layer and key: a feature's attributes and geometry, as far as edits changed them.
pub type Written = HashMap<String, HashMap<String, Map<String, Value>>>;

impl View {
    /// What edits that are in the data have changed in these features, each a layer of the project and a key, the last word of each.
    pub fn written_by_edits(
        &self,
        resource: ResourceId,
        features: &HashSet<(String, String)>,
    ) -> Result<Written, ReadError> {
        let sql = "SELECT edit.layer, edit.modified_pk, edit.after
                   FROM json_each(?2) AS wanted CROSS JOIN change_set_delta AS edit
                   WHERE edit.resource = ?1 AND edit.layer = wanted.value ->> 0 AND edit.modified_pk = wanted.value ->> 1
                       AND edit.status = 'applied' AND edit.method = 'patch' AND edit.after IS NOT NULL
                   ORDER BY edit.key";
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut rows = query.query(params![resource.uuid(), json(features)?])?;
            let mut written = Written::new();
            while let Some(row) = rows.next()? {
                let mut cells = Cells::of(row);
                let (layer, key): (String, String) = (cells.get()?, cells.get()?);
                let Some(Value::Object(after)) = cells.json_if_any()? else { continue };
                let known = written.entry(layer).or_default().entry(key).or_default();
                for (name, value) in after {
                    match (known.get_mut(&name), value) {
                        (Some(Value::Object(known)), Value::Object(value)) => known.extend(value),
                        (_, value) => {
                            known.insert(name, value);
                        }
                    }
                }
            }
            Ok(written)
        })
    }
}
