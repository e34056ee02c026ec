//! What a project is made from, as the container and the clients read it (QFieldCloud reference, section 3.3).

use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::{Extent, ResourceSource};
use fieldlog_projections::{ReadError, View};
use serde_json::{Value, json};

/// Tells this shape of a seed from others.
const SCHEMA: &str = "https://app.qfield.cloud/schemas/project-seed-20251201.json";

/// The seed of a project; none when it was made by uploads alone. `xlsform` is where the form is, if there is one.
pub fn seed_document(view: &View, project: ResourceId, xlsform: &str) -> Result<Option<Value>, ReadError> {
    let (Some(row), Some(source)) = (view.resource(project)?, view.source(project)?) else { return Ok(None) };
    let (extent, from, form, settings) = match source {
        ResourceSource::Created => return Ok(None),
        ResourceSource::Copied { from, extent } => (extent, Some(from), None, json!({ "schemaId": SCHEMA })),
        ResourceSource::Seeded { seed } => {
            let form = seed.xlsform.as_ref().map(|form| json!({ "show_groups_as_tabs": form.shows_groups_as_tabs }));
            let settings = json!({ "schemaId": SCHEMA, "basemaps": seed.basemaps, "xlsform": form });
            (seed.extent, None, seed.xlsform, settings)
        }
    };
    Ok(Some(json!({
        "project": project,
        "name": row.name.as_str(),
        "extent": extent.map(|Extent { west, south, east, north }| [west, south, east, north]),
        "clone_from_project": from,
        "xlsform_file": form.map(|_| xlsform),
        "settings": settings,
        "crs": "EPSG:3857",
    })))
}
