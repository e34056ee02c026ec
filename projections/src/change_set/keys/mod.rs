//! Which keys devices' features have in the data, and who deleted the features that edits are about: asked by jobs that apply edits.

mod deeds;
mod learnt;
mod made;
mod rows;
mod standing;
mod written;

pub use made::MadeValues;
pub use rows::{Belief, DeletedFeature, Doubt, EditOfFeature, FeatureKeys, FileChange, KnownFeature, Loss};
pub use written::Written;

use std::collections::{HashMap, HashSet};

use fieldlog_domain::change_set::DeltaMethod;
use fieldlog_domain::{DeltaId, ResourceId};
use fieldlog_eventlog::Position;
use rusqlite::Connection;
use serde_json::Value;
use uuid::Uuid;

use self::deeds::{Deed, Fate, Knowledge};
use self::learnt::{Learnt, Name};
use self::standing::{Files, Standing};
use super::PendingDelta;
use super::columns::made_after;
use crate::column::integer;
use crate::error::ReadError;
use crate::view::View;

impl View {
    /// What is known of the features that these edits are about, and of all that their devices made.
    pub fn feature_keys(&self, resource: ResourceId, pending: &[PendingDelta]) -> Result<FeatureKeys, ReadError> {
        self.read_at_once(|connection| Asked::read(connection, resource, pending)?.answer())
    }
}

/// A layer of the project and a key in it.
type Feature = (String, String);

/// An edit that waits and changes or deletes a feature.
struct About {
    delta: DeltaId,
    name: Name,
    layer: String,
    source_pk: String,
    package: Option<Uuid>,
}

/// The packages from which the waiting edits of each device come; none of an edit that does not say.
type Packages = HashMap<Uuid, HashSet<Option<Uuid>>>;

impl About {
    fn of(delta: &PendingDelta) -> Option<Self> {
        let text = |key: &str| delta.content.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if text("method") == DeltaMethod::Create.as_ref() {
            return None;
        }
        let (layer, local_layer) = (text("sourceLayerId"), text("localLayerId"));
        Some(Self {
            delta: delta.id,
            layer: if layer.is_empty() { local_layer.clone() } else { layer },
            name: Name { client: client(delta).unwrap_or_default(), local_layer, local_pk: text("localPk") },
            source_pk: text("sourcePk"),
            package: package(delta),
        })
    }
}

fn package(delta: &PendingDelta) -> Option<Uuid> {
    delta.content.get("exportId")?.as_str()?.parse().ok()
}

fn client(delta: &PendingDelta) -> Option<Uuid> {
    delta.content.get("clientId")?.as_str()?.parse().ok()
}

/// All that the answer follows from.
struct Asked<'c> {
    files: Files<'c>,
    abouts: Vec<About>,
    /// What edits of these devices taught, the last of each feature.
    learnt: HashMap<Name, Learnt>,
    /// What taught the keys in edits that undo others: those.
    undone: HashMap<DeltaId, Learnt>,
    /// The packages that the devices have.
    made_after: HashMap<Uuid, Position>,
    /// What was done with the keys in the data as they are now, in order.
    deeds: HashMap<Feature, Vec<Deed>>,
}

impl<'c> Asked<'c> {
    fn read(connection: &'c Connection, resource: ResourceId, pending: &[PendingDelta]) -> Result<Self, ReadError> {
        let abouts: Vec<About> = pending.iter().filter_map(About::of).collect();
        let mut packages = Packages::new();
        for (delta, client) in pending.iter().filter_map(|delta| Some((delta, client(delta)?))) {
            packages.entry(client).or_default().insert(package(delta));
        }
        let learnt = learnt::by_devices(connection, resource, &packages)?;
        let undone = learnt::by_undone(connection, resource)?;
        let packages = abouts.iter().filter_map(|about| about.package).collect();
        let made_after = made_after(connection, resource, packages)?;
        let mut features: HashSet<Feature> = learnt.values().chain(undone.values()).map(Learnt::feature).collect();
        let named = abouts.iter().filter(|about| !about.source_pk.is_empty());
        features.extend(named.map(|about| (about.layer.clone(), about.source_pk.clone())));
        let mut files = Files::of(connection, resource);
        let deeds = learnt::deeds(connection, resource, &features, &mut files)?;
        Ok(Self { files, abouts, learnt, undone, made_after, deeds })
    }

    fn answer(mut self) -> Result<FeatureKeys, ReadError> {
        let mut keys = FeatureKeys::default();
        let named: HashSet<&Name> = self.abouts.iter().map(|about| &about.name).collect();
        for (name, learnt) in &self.learnt {
            let belief = belief(&mut self.files, &self.deeds, learnt)?;
            // Children that come later hold the keys of parents that are lost.
            let is_lost_parent = learnt.is_own() && matches!(belief, Belief::Lost(_));
            if belief == Belief::Believed || is_lost_parent || learnt.is_told(named.contains(name)) {
                keys.known.push(name.known(learnt, belief));
            }
        }
        for about in &self.abouts {
            let undone = self.undone.get(&about.delta);
            if let Some(undone) = undone {
                let belief = belief(&mut self.files, &self.deeds, undone)?;
                keys.known.push(about.name.known(undone, belief));
            }
            let learnt = undone.or_else(|| self.learnt.get(&about.name));
            keys.deleted.extend(self.deleted(about, learnt).map(|deleted| (about.delta, deleted)));
        }
        Ok(keys)
    }

    fn deleted(&self, about: &About, learnt: Option<&Learnt>) -> Option<DeletedFeature> {
        let pk = learnt.map_or(&about.source_pk, |learnt| &learnt.pk);
        let done = self.deeds.get(&(about.layer.clone(), pk.clone()))?;
        let packaged = about.package.and_then(|package| self.made_after.get(&package)).map(|after| integer(after.0));
        let knowledge = match (learnt, packaged) {
            (None, None) => Knowledge::Untold,
            (learnt, packaged) => Knowledge::UpTo { last: learnt.map(Learnt::last), packaged },
        };
        Fate::of(done, knowledge).deleted(knowledge)
    }
}

/// Whether the feature that taught a key has it still.
fn belief(files: &mut Files<'_>, deeds: &HashMap<Feature, Vec<Deed>>, learnt: &Learnt) -> Result<Belief, ReadError> {
    let knowledge = Knowledge::UpTo { last: Some(learnt.last()), packaged: None };
    let done = deeds.get(&learnt.feature()).map(Vec::as_slice).unwrap_or_default();
    if let Some(loss) = Fate::of(done, knowledge).loss() {
        return Ok(Belief::Lost(loss));
    }
    Ok(match files.standing(&learnt.layer, learnt.file.as_deref(), learnt.step)? {
        Standing::Kept => Belief::Believed,
        Standing::Unknown(doubt) => Belief::Uncertain { after: learnt.after(files.connection)?, doubt },
        Standing::Gone(loss) => Belief::Lost(loss),
    })
}
