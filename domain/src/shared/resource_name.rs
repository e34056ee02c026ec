//! Names of resources.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of a resource: unique under its owner, case counts (as QFieldCloud's clients expect).
///
/// Reading one from the log asks no questions: what was recorded stays readable when the rules become stricter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceName(String);

/// Why a text is no resource name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadResourceName {
    /// Empty or too long.
    #[error("a project name has 1 to 255 characters, found {0}")]
    Length(usize),
    /// A character that is not allowed.
    #[error("a project name consists of A-Z, a-z, 0-9, -, _ and ., found {0:?}")]
    Character(char),
}

impl ResourceName {
    /// Reads a name, or says why it is none.
    pub fn try_new(text: &str) -> Result<Self, BadResourceName> {
        let length = text.chars().count();
        if !(1..=255).contains(&length) {
            return Err(BadResourceName::Length(length));
        }
        if let Some(bad) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
            return Err(BadResourceName::Character(bad));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether it makes a project the home of its owner's shared datasets.
    pub fn is_shared_datasets(&self) -> bool {
        self.0 == crate::resource::SHARED_DATASETS
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
