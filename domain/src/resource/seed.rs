//! What a project grows from before anybody uploads a file (QFieldCloud reference, section 3.3).

use serde::{Deserialize, Serialize};

use super::Extent;
use crate::Sha256Digest;

/// What an empty project begins with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ProjectSeed {
    /// What the map shows first; none: the whole world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    /// The maps below everything else, from top to bottom.
    pub basemaps: Vec<Basemap>,
    /// The form that becomes layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xlsform: Option<XlsForm>,
}

/// A map of tiles that a server draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basemap {
    /// For people.
    pub name: String,
    /// Where its tiles are, with `{x}`, `{y}` and `{z}`.
    pub url: String,
    /// How it is drawn: standard, grayscale_light or grayscale_dark.
    pub style: String,
}

/// A form as a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct XlsForm {
    /// Its suffix: xlsx or xls.
    pub suffix: String,
    /// Its bytes.
    pub digest: Sha256Digest,
    /// How many.
    pub size: u64,
    /// Whether its groups become tabs rather than boxes.
    pub shows_groups_as_tabs: bool,
}

impl XlsForm {
    /// Its name wherever it is a file: what it was called before does not matter.
    pub fn file_name(&self) -> String {
        format!("xlsform.{}", self.suffix)
    }
}
