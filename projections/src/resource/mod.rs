//! Resources: what they are, what QGIS found in them, and how their revisions fared.
//!
//! What somebody may do with one is [`crate::permission`].

/// The columns of a resource; `file_total` is joined.
macro_rules! resource_columns {
    () => {
        "resource.id, resource.kind, resource.owner, resource.name, resource.description, resource.visibility,
         resource.registered_at, max(resource.changed_at, coalesce(file_total.changed_at, 0)), resource.is_retired,
         resource.project_file, resource.ready, resource.latest, resource.west, resource.south, resource.east,
         resource.north, resource.thumbnail, resource.thumbnail_media_type, resource.thumbnail_size,
         coalesce(file_total.file_count, 0), coalesce(file_total.total_bytes, 0), coalesce(file_total.kept_bytes, 0),
         file_total.changed_at, file_total.restricted_changed_at, resource.is_template, resource.is_featured,
         resource.has_attachments_on_demand, resource.has_restricted_files, resource.overwrites_conflicts,
         resource.public_role, resource.keep_versions"
    };
}

mod listing;
mod projector;
mod queries;
mod revisions;
mod rows;
mod search;

pub use listing::ListResources;
pub use projector::ResourceProjector;
pub(crate) use queries::resource_of;
pub(crate) use resource_columns;
pub use rows::{ResourceRow, RevisionRow};
pub use search::SearchResources;
