//! Reads what applied edits tell of keys.

use std::collections::{HashMap, HashSet};

use fieldlog_domain::change_set::DeltaMethod;
use fieldlog_domain::{DeltaId, ResourceId};
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::deeds::{Deed, Step};
use super::rows::{Belief, EditOfFeature, KnownFeature};
use super::standing::{Files, Standing};
use super::{Feature, Packages};
use crate::column::{Cells, json};
use crate::error::ReadError;

/// What a feature is called on a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) client: Uuid,
    pub(super) local_layer: String,
    pub(super) local_pk: String,
}

impl Name {
    pub(super) fn known(&self, learnt: &Learnt, belief: Belief) -> KnownFeature {
        let Self { client, local_layer, local_pk } = self.clone();
        KnownFeature { client, local_layer, local_pk, modified_pk: learnt.pk.clone(), belief }
    }
}

/// A key that an applied edit taught.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    pub(super) step: Step,
    pub(super) layer: String,
    pub(super) pk: String,
    /// See [`Files::standing`].
    pub(super) file: Option<String>,
    is_delete: bool,
    /// Whether the device made the feature.
    is_own: bool,
    source_pk: String,
    /// The keys of the edits by which the device made and changed the feature.
    edits: Vec<i64>,
}

impl Learnt {
    pub(super) fn feature(&self) -> Feature {
        (self.layer.clone(), self.pk.clone())
    }

    /// Whether the device made the feature.
    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// When, and whether by its deletion.
    pub(super) fn last(&self) -> (Step, bool) {
        (self.step, self.is_delete)
    }

    /// Whether somebody has to know of it that is not believed: `is_named` says whether an edit that waits names the feature.
    /// A device that has the feature's key from its package says it itself.
    pub(super) fn is_told(&self, is_named: bool) -> bool {
        let is_another = self.source_pk != self.pk;
        (is_named && (self.is_own || is_another)) || (is_another && !self.source_pk.is_empty())
    }

    /// The feature as the device's edits left it.
    pub(super) fn after(&self, connection: &Connection) -> Result<Map<String, Value>, ReadError> {
        let mut query = connection.prepare_cached("SELECT after FROM change_set_delta WHERE key = ?1")?;
        let mut known = Map::new();
        for edit in &self.edits {
            let after: Option<Value> = query.query_row([edit], |row| Cells::of(row).json_if_any())?;
            let Some(Value::Object(after)) = after else { continue };
            for (key, value) in after {
                match (known.get_mut(&key), value) {
                    (Some(Value::Object(known)), Value::Object(value)) => known.extend(value),
                    (_, value) => {
                        known.insert(key, value);
                    }
                }
            }
        }
        Ok(known)
    }

    /// Goes on with a later edit of the same feature by the same device.
    fn then(self, later: Self) -> Self {
        let (earlier, mut later) = if self.step <= later.step { (self, later) } else { (later, self) };
        later.is_own |= earlier.is_own;
        later.edits.splice(0..0, earlier.edits);
        later
    }
}

macro_rules! taught {
    ($rest:literal) => {
        concat!(
            "SELECT taught.applied, taught.applied_job, taught.key, taught.layer, taught.modified_pk, taught.file,
                 taught.method, taught.source_pk, ",
            $rest
        )
    };
}

fn taught(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Learnt> {
    let step = Step { applied: cells.get()?, job: cells.get()?, key: cells.get()? };
    let (layer, pk, file) = (cells.get()?, cells.get()?, cells.get()?);
    let method: Option<DeltaMethod> = cells.word_if_any()?;
    let (is_delete, is_own) = (method == Some(DeltaMethod::Delete), method == Some(DeltaMethod::Create));
    let source_pk = cells.get::<Option<String>>()?.unwrap_or_default();
    Ok(Learnt { step, layer, pk, file, is_delete, is_own, source_pk, edits: vec![step.key] })
}

/// What edits of these devices taught, the last of each feature. With another package a device has other features under its own
/// keys, so only edits from the packages of those that wait tell of them.
pub(super) fn by_devices(
    connection: &Connection,
    resource: ResourceId,
    packages: &Packages,
) -> Result<HashMap<Name, Learnt>, ReadError> {
    let sql = taught!(
        "client, local_layer, local_pk, taught.content ->> 'exportId' FROM change_set_delta AS taught
         WHERE resource = ?1 AND client = ?2 AND modified_pk IS NOT NULL AND applied IS NOT NULL ORDER BY key"
    );
    let mut query = connection.prepare_cached(sql)?;
    let mut all: HashMap<Name, Learnt> = HashMap::new();
    for (client, packages) in packages {
        let mut rows = query.query(params![resource.uuid(), client])?;
        while let Some(row) = rows.next()? {
            let mut cells = Cells::of(row);
            let learnt = taught(&mut cells)?;
            let name = Name { client: cells.get()?, local_layer: cells.get()?, local_pk: cells.get()? };
            let package = cells.get::<Option<String>>()?.and_then(|package| package.parse().ok());
            if package.is_some() && !packages.contains(&package) && !packages.contains(&None) {
                continue;
            }
            let learnt = match all.remove(&name) {
                Some(earlier) => earlier.then(learnt),
                None => learnt,
            };
            all.insert(name, learnt);
        }
    }
    Ok(all)
}

/// What the edits taught that waiting ones undo, by the ones that wait.
pub(super) fn by_undone(connection: &Connection, resource: ResourceId) -> Result<HashMap<DeltaId, Learnt>, ReadError> {
    let sql = taught!(
        "waiting.id FROM change_set_delta AS waiting
         JOIN change_set_delta AS taught ON taught.resource = waiting.resource AND taught.id = waiting.undoes
         WHERE waiting.resource = ?1 AND waiting.status = 'pending' AND waiting.undoes IS NOT NULL
             AND taught.modified_pk IS NOT NULL AND taught.applied IS NOT NULL"
    );
    let mut query = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let mut cells = Cells::of(row);
        let learnt = taught(&mut cells)?;
        Ok((cells.id()?, learnt))
    };
    Ok(query.query_map([resource.uuid()], read)?.collect::<Result<_, _>>()?)
}

/// The applied edits that made or deleted these features and are in the data as they are now, in order.
pub(super) fn deeds(
    connection: &Connection,
    resource: ResourceId,
    features: &HashSet<Feature>,
    files: &mut Files<'_>,
) -> Result<HashMap<Feature, Vec<Deed>>, ReadError> {
    let sql = taught!(
        "taught.id, taught.undoes, taught.added_by, taught.added_at
         FROM json_each(?2) AS wanted CROSS JOIN change_set_delta AS taught
         WHERE taught.resource = ?1 AND taught.layer = wanted.value ->> 0 AND taught.modified_pk = wanted.value ->> 1
             AND taught.applied IS NOT NULL AND taught.method <> 'patch'"
    );
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query(params![resource.uuid(), json(features)?])?;
    let mut done: HashMap<Feature, Vec<Deed>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let mut cells = Cells::of(row);
        let learnt = taught(&mut cells)?;
        if files.standing(&learnt.layer, learnt.file.as_deref(), learnt.step)? != Standing::Kept {
            continue;
        }
        let (delta, undoes) = (cells.id()?, cells.id_if_any()?);
        let edit = EditOfFeature { delta, by: cells.id_if_any()?, at: cells.time()? };
        let deed = Deed { step: learnt.step, is_delete: learnt.is_delete, undoes, edit };
        done.entry(learnt.feature()).or_default().push(deed);
    }
    done.values_mut().for_each(|deeds| deeds.sort_by_key(|deed| deed.step));
    Ok(done)
}
