//! What the people who manage a project decide about it.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};

use crate::shared::{ResourceName, Role};

/// The name that makes a project the home of its owner's shared datasets (QFieldCloud reference, section 6.2).
pub const SHARED_DATASETS: &str = "shared_datasets";

/// The most versions of a file that a project may ask to keep.
pub const MAX_KEEP_VERSIONS: u32 = 100;

/// What a project is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProjectType {
    /// Field work.
    #[default]
    Regular,
    /// To be filled and copied; nobody works in it.
    Template,
    /// Holds big data that the owner's other projects refer to. It follows from the name, see [`SHARED_DATASETS`].
    SharedDatasets,
}

/// What the people who manage a project decide about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectSettings {
    /// Whether it is there to be copied.
    pub is_template: bool,
    /// Whether lists show it first.
    pub is_featured: bool,
    /// Whether devices fetch attachments only when they are shown.
    pub has_attachments_on_demand: bool,
    /// Whether only managers may change the QGIS project file and what belongs to it.
    pub has_restricted_files: bool,
    /// Whether an edit wins over what others changed meanwhile.
    pub overwrites_conflicts: bool,
    /// What everybody may do while it is public: reader, reporter or editor.
    pub public_role: Role,
    /// How many versions of each file are kept; none: as many as the owner's plan allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_versions: Option<u32>,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            is_template: false,
            is_featured: false,
            has_attachments_on_demand: false,
            has_restricted_files: false,
            overwrites_conflicts: true,
            public_role: Role::Reader,
            keep_versions: None,
        }
    }
}

/// Other settings; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSettings {
    /// See [`ProjectSettings::is_template`].
    pub is_template: Option<bool>,
    /// See [`ProjectSettings::is_featured`].
    pub is_featured: Option<bool>,
    /// See [`ProjectSettings::has_attachments_on_demand`].
    pub has_attachments_on_demand: Option<bool>,
    /// See [`ProjectSettings::has_restricted_files`].
    pub has_restricted_files: Option<bool>,
    /// See [`ProjectSettings::overwrites_conflicts`].
    pub overwrites_conflicts: Option<bool>,
    /// See [`ProjectSettings::public_role`].
    pub public_role: Option<Role>,
    /// See [`ProjectSettings::keep_versions`].
    pub keep_versions: Option<Option<u32>>,
}

impl ChangeSettings {
    /// The settings that come of it.
    pub fn applied_to(&self, now: &ProjectSettings) -> ProjectSettings {
        ProjectSettings {
            is_template: self.is_template.unwrap_or(now.is_template),
            is_featured: self.is_featured.unwrap_or(now.is_featured),
            has_attachments_on_demand: self.has_attachments_on_demand.unwrap_or(now.has_attachments_on_demand),
            has_restricted_files: self.has_restricted_files.unwrap_or(now.has_restricted_files),
            overwrites_conflicts: self.overwrites_conflicts.unwrap_or(now.overwrites_conflicts),
            public_role: self.public_role.unwrap_or(now.public_role),
            keep_versions: self.keep_versions.unwrap_or(now.keep_versions),
        }
    }
}

impl From<ProjectSettings> for ChangeSettings {
    fn from(all: ProjectSettings) -> Self {
        Self {
            is_template: Some(all.is_template),
            is_featured: Some(all.is_featured),
            has_attachments_on_demand: Some(all.has_attachments_on_demand),
            has_restricted_files: Some(all.has_restricted_files),
            overwrites_conflicts: Some(all.overwrites_conflicts),
            public_role: Some(all.public_role),
            keep_versions: Some(all.keep_versions),
        }
    }
}

impl ProjectSettings {
    /// What a project of this name and with these settings is for.
    pub fn project_type(&self, name: &ResourceName) -> ProjectType {
        match (name.is_shared_datasets(), self.is_template) {
            (true, _) => ProjectType::SharedDatasets,
            (false, true) => ProjectType::Template,
            (false, false) => ProjectType::Regular,
        }
    }
}
