//! A project as the clients read it; QField stops when a key is missing or of another type.

use fieldlog_domain::resource::{ProjectType, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_projections::{ProjectRow, RoleOrigin};
use serde::Serialize;

use crate::api_v1::time::iso;

/// A project as the clients read it.
#[derive(Serialize)]
pub struct Project {
    id: String,
    name: String,
    project_type: String,
    owner: String,
    description: String,
    private: bool,
    is_public: bool,
    created_at: String,
    updated_at: String,
    data_last_packaged_at: Option<String>,
    data_last_updated_at: Option<String>,
    restricted_data_last_updated_at: Option<String>,
    can_repackage: bool,
    needs_repackaging: bool,
    status: &'static str,
    user_role: String,
    user_role_origin: String,
    shared_datasets_project_id: Option<String>,
    is_shared_datasets_project: bool,
    is_featured: bool,
    is_attachment_download_on_demand: bool,
    has_restricted_projectfiles: bool,
    public_collaborator_role: String,
    overwrite_conflicts: bool,
    file_storage_bytes: u64,
    the_qgis_file_name: Option<String>,
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
        _ if row.is_busy => "busy",
        ProjectType::SharedDatasets => "ok",
        ProjectType::Regular | ProjectType::Template if has_failed => "failed",
        ProjectType::Regular | ProjectType::Template => "ok",
    }
}
