//! What the people who manage a project decide about it.

use async_graphql::{InputObject, MaybeUndefined, SimpleObject};
use fieldlog_domain::resource;

use crate::graphql::enums::Role;

/// What the people who manage a project decide about it.
#[derive(SimpleObject)]
pub struct ProjectSettings {
    /// Whether it is there to be copied.
    is_template: bool,
    /// Whether lists show it first.
    is_featured: bool,
    /// Whether devices fetch attachments only when they are shown.
    has_attachments_on_demand: bool,
    /// Whether only managers may change the QGIS project file and what belongs to it.
    has_restricted_files: bool,
    /// Whether an edit wins over what others changed meanwhile.
    overwrites_conflicts: bool,
    /// What everybody may do while it is public.
    public_role: Role,
    /// How many versions of each file are kept; null: as many as the server keeps.
    keep_versions: Option<u32>,
}

impl From<resource::ProjectSettings> for ProjectSettings {
    fn from(settings: resource::ProjectSettings) -> Self {
        Self {
            is_template: settings.is_template,
            is_featured: settings.is_featured,
            has_attachments_on_demand: settings.has_attachments_on_demand,
            has_restricted_files: settings.has_restricted_files,
            overwrites_conflicts: settings.overwrites_conflicts,
            public_role: settings.public_role.into(),
            keep_versions: settings.keep_versions,
        }
    }
}

/// Other settings of a project; what is left out stays as it is.
#[derive(InputObject, Default)]
pub struct ProjectSettingsInput {
    /// Whether it is there to be copied.
    is_template: Option<bool>,
    /// Whether lists show it first.
    is_featured: Option<bool>,
    /// Whether devices fetch attachments only when they are shown.
    has_attachments_on_demand: Option<bool>,
    /// Whether only managers may change the QGIS project file and what belongs to it.
    has_restricted_files: Option<bool>,
    /// Whether an edit wins over what others changed meanwhile.
    overwrites_conflicts: Option<bool>,
    /// What everybody may do while it is public: READER, REPORTER or EDITOR.
    public_role: Option<Role>,
    /// How many versions of each file are kept, 1 to 100; null: as many as the server keeps.
    keep_versions: MaybeUndefined<u32>,
}

impl From<ProjectSettingsInput> for resource::ChangeSettings {
    fn from(input: ProjectSettingsInput) -> Self {
        Self {
            is_template: input.is_template,
            is_featured: input.is_featured,
            has_attachments_on_demand: input.has_attachments_on_demand,
            has_restricted_files: input.has_restricted_files,
            overwrites_conflicts: input.overwrites_conflicts,
            public_role: input.public_role.map(Into::into),
            keep_versions: match input.keep_versions {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(number) => Some(Some(number)),
            },
        }
    }
}
