//! Says to people why a key is not believed, and who deleted a feature.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, SecondsFormat, Utc};
use fieldlog_domain::AccountId;
use fieldlog_projections::{
    Belief, DeletedFeature, Doubt, EditOfFeature, FeatureKeys, FileChange, KnownFeature, Loss, ReadError, View,
};
use serde_json::{Value, json};

/// What the people are called who changed files and features.
pub(super) struct Names(HashMap<AccountId, String>);

impl Names {
    pub(super) fn read(view: &View, keys: &FeatureKeys) -> Result<Self, ReadError> {
        let beliefs = keys.known.iter().filter_map(|feature| of_belief(&feature.belief));
        let people: HashSet<AccountId> =
            beliefs.chain(keys.deleted.values().filter_map(|deleted| deleted.edit.by)).collect();
        let rows = view.accounts(&people.into_iter().collect::<Vec<_>>())?;
        Ok(Self(rows.into_iter().map(|row| (row.id, row.name.to_string())).collect()))
    }

    /// `featureDeleted` of an edit.
    pub(super) fn deleted(&self, deleted: &DeletedFeature) -> Value {
        let DeletedFeature { edit, is_certain } = deleted;
        let at = edit.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({ "delta": edit.delta, "by": self.name(edit.by), "at": at, "certain": is_certain })
    }

    /// How far the key of a feature is believed, as its place among the maps of keys, and what is told of it there.
    pub(super) fn belief(&self, feature: KnownFeature) -> (usize, Value) {
        let pk = feature.modified_pk;
        match feature.belief {
            Belief::Believed => (0, json!(pk)),
            Belief::Uncertain { after, doubt } => (1, json!({ "pk": pk, "after": after, "why": self.doubt(&doubt) })),
            Belief::Lost(loss) => (2, json!({ "pk": pk, "why": self.loss(&loss) })),
        }
    }

    fn doubt(&self, doubt: &Doubt) -> String {
        match doubt {
            Doubt::Uploaded(FileChange { path, by, at }) => {
                format!("`{path}` was uploaded anew by {} on {}", self.name(*by), moment(*at))
            }
            Doubt::Made(FileChange { path, by: _, at }) => format!("`{path}` was made anew on {}", moment(*at)),
            Doubt::Moved { from, to } => format!("its layer was in `{from}` and is in `{to}` now"),
            Doubt::Untold => "the log does not tell which file it was written to".to_owned(),
        }
    }

    fn loss(&self, loss: &Loss) -> String {
        match loss {
            Loss::Restored(FileChange { path, by, at }) => format!(
                "`{path}` was set back by {} on {} to an earlier version, which does not have this feature",
                self.name(*by),
                moment(*at)
            ),
            Loss::VersionDeleted(path) => format!("the version of `{path}` that had this feature was deleted"),
            Loss::FileDeleted(path) => format!("`{path}` was deleted"),
            Loss::Deleted(EditOfFeature { by, at, .. }) => {
                format!("the feature was deleted by {} on {}", self.name(*by), moment(*at))
            }
            Loss::GivenAway(EditOfFeature { by, at, .. }) => {
                format!("its key was given to another feature, made by {} on {}", self.name(*by), moment(*at))
            }
        }
    }

    fn name(&self, by: Option<AccountId>) -> &str {
        by.and_then(|by| self.0.get(&by)).map_or("somebody", String::as_str)
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn of_belief(belief: &Belief) -> Option<AccountId> {
    match belief {
        Belief::Uncertain { doubt: Doubt::Uploaded(change), .. } | Belief::Lost(Loss::Restored(change)) => change.by,
        Belief::Lost(Loss::Deleted(edit) | Loss::GivenAway(edit)) => edit.by,
        Belief::Believed | Belief::Uncertain { .. } | Belief::Lost(Loss::VersionDeleted(_) | Loss::FileDeleted(_)) => {
            None
        }
    }
}
