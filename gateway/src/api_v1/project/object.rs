//! A project as the clients read it; QField stops when a key is missing or of another type.

use fieldlog_domain::resource::{ProjectProblem, ProjectType, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_projections::{ProjectRow, RoleOrigin};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::api_v1::openapi::schema::{Id, Moment, Words, words};
use crate::api_v1::time::iso;

/// A project as the clients read it.
#[derive(Serialize, JsonSchema)]
pub struct Project {
    #[schemars(with = "Id")]
    id: String,
    name: String,
    #[schemars(with = "Words<ProjectType>")]
    project_type: String,
    /// The name of a person or an organization.
    owner: String,
    description: String,
    /// The opposite of `is_public`.
    private: bool,
    is_public: bool,
    #[schemars(with = "Moment")]
    created_at: String,
    #[schemars(with = "Moment")]
    updated_at: String,
    /// When the making of its latest package began.
    #[schemars(with = "Option<Moment>")]
    data_last_packaged_at: Option<String>,
    /// When a file or a feature changed last.
    #[schemars(with = "Option<Moment>")]
    data_last_updated_at: Option<String>,
    /// The same of files that only managers change.
    #[schemars(with = "Option<Moment>")]
    restricted_data_last_updated_at: Option<String>,
    /// False of templates.
    can_repackage: bool,
    /// Whether the latest package is older than the data.
    needs_repackaging: bool,
    #[schemars(schema_with = "statuses")]
    status: &'static str,
    /// The role of whoever asks.
    #[schemars(with = "Words<Role>")]
    user_role: String,
    /// Why they have it.
    #[schemars(with = "Words<RoleOrigin>")]
    user_role_origin: String,
    /// The project with its owner's shared datasets.
    #[schemars(with = "Option<Id>")]
    shared_datasets_project_id: Option<String>,
    is_shared_datasets_project: bool,
    /// Whether it stands first in lists.
    is_featured: bool,
    /// Whether devices fetch attachments when they are shown.
    is_attachment_download_on_demand: bool,
    /// Whether only managers change the project file.
    has_restricted_projectfiles: bool,
    /// The role of everybody while it is public.
    #[schemars(with = "Words<Role>")]
    public_collaborator_role: String,
    /// Whether the last edit wins.
    overwrite_conflicts: bool,
    /// All versions of all files.
    file_storage_bytes: u64,
    the_qgis_file_name: Option<String>,
    /// What QGIS found that whoever manages the project should know, although it can be worked with; only of one project, to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<Vec<Problem>>,
}

/// One thing that whoever manages a project should know.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ProjectProblem")]
struct Problem {
    /// QGIS's id of the layer that it is about; empty when it is about the project.
    layer_id: String,
    layer_name: String,
    /// For programs, for example `newer_qgis`.
    code: String,
    /// For people.
    message: String,
}

impl Project {
    /// The same with what QGIS found.
    pub fn with_problems(self, found: Vec<ProjectProblem>) -> Self {
        let problems = found.into_iter().map(|found| Problem {
            layer_id: found.layer_id,
            layer_name: found.layer_name,
            code: found.code,
            message: found.message,
        });
        Self { problems: Some(problems.collect()), ..self }
    }
}

const OK: &str = "ok";
const BUSY: &str = "busy";
const FAILED: &str = "failed";

fn statuses(_: &mut SchemaGenerator) -> Schema {
    words([OK, BUSY, FAILED])
}

impl From<ProjectRow> for Project {
    fn from(row: ProjectRow) -> Self {
        let project_type = row.project_type();
        let status = status(&row, project_type);
        let ProjectRow { resource, owner, role, .. } = row;
        let settings = resource.settings;
        let is_public = resource.visibility == Visibility::Public;
        // Administrators of the server see what they have no role on.
        let (role, origin) = role.map_or((Role::Reader, RoleOrigin::Public), |role| (role.role, role.origin));
        Self {
            id: resource.id.to_string(),
            name: resource.name.to_string(),
            project_type: project_type.as_ref().to_owned(),
            owner: owner.to_string(),
            description: resource.description,
            private: !is_public,
            is_public,
            created_at: iso(resource.registered_at),
            updated_at: iso(resource.changed_at),
            data_last_packaged_at: row.packaged_at.map(iso),
            data_last_updated_at: resource.data_changed_at.map(iso),
            restricted_data_last_updated_at: resource.restricted_data_changed_at.map(iso),
            can_repackage: project_type != ProjectType::Template,
            needs_repackaging: !row.is_package_current,
            status,
            user_role: role.as_ref().to_owned(),
            user_role_origin: origin.as_ref().to_owned(),
            shared_datasets_project_id: row.shared_datasets.map(|id| id.to_string()),
            is_shared_datasets_project: project_type == ProjectType::SharedDatasets,
            is_featured: settings.is_featured,
            is_attachment_download_on_demand: settings.has_attachments_on_demand,
            has_restricted_projectfiles: settings.has_restricted_files,
            public_collaborator_role: settings.public_role.as_ref().to_owned(),
            overwrite_conflicts: settings.overwrites_conflicts,
            file_storage_bytes: resource.kept_bytes,
            the_qgis_file_name: resource.project_file.map(|path| path.to_string()),
            problems: None,
        }
    }
}

/// Whether it can be worked with (section 6.5). A project that failed is hidden from field workers, so for them it only counts
/// whether anything is ready; those who can mend it learn that what was uploaded last cannot be read.
fn status(row: &ProjectRow, project_type: ProjectType) -> &'static str {
    let mends = row.role.is_some_and(|role| role.role >= Role::Manager);
    let has_failed =
        row.is_online.is_none() || row.resource.project_file.is_none() || (mends && row.is_latest_rejected);
    match project_type {
        _ if row.is_busy => BUSY,
        ProjectType::SharedDatasets => OK,
        ProjectType::Regular | ProjectType::Template if has_failed => FAILED,
        ProjectType::Regular | ProjectType::Template => OK,
    }
}
