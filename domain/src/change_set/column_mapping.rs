//! Where the values of a column belong that edits name and their layer does not have.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where the values of a column belong that edits name and their layer does not have, as somebody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// The layer in the project; none: those of the edits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The column as devices have it.
    pub from: String,
    /// The column of the layer; none: the values are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Why columns cannot be mapped like this.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadColumnMapping {
    /// A column has a name.
    #[error("expected the name of a column, found an empty one")]
    Unnamed,
    /// A layer has an id.
    #[error("expected the id of a layer, found an empty one")]
    UnnamedLayer,
    /// It is mapped to itself.
    #[error("expected another column than {0:?} for its values, found the same")]
    Same(String),
    /// It is mapped twice.
    #[error("expected each column of a layer once, found {0:?} twice")]
    Twice(String),
}

impl ColumnMapping {
    /// Whether all of these can be said together.
    pub fn check(all: &[Self]) -> Result<(), BadColumnMapping> {
        for (place, mapping) in all.iter().enumerate() {
            let Self { layer, from, to } = mapping;
            if from.is_empty() || to.as_ref().is_some_and(String::is_empty) {
                return Err(BadColumnMapping::Unnamed);
            }
            if layer.as_ref().is_some_and(String::is_empty) {
                return Err(BadColumnMapping::UnnamedLayer);
            }
            if to.as_ref() == Some(from) {
                return Err(BadColumnMapping::Same(from.clone()));
            }
            let is_same = |other: &Self| {
                other.from == *from && (other.layer == *layer || other.layer.is_none() || layer.is_none())
            };
            if all[..place].iter().any(is_same) {
                return Err(BadColumnMapping::Twice(from.clone()));
            }
        }
        Ok(())
    }
}
