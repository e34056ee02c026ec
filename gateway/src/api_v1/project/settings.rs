//! What a body says about a project.

use fieldlog_domain::resource::{ChangeSettings, ProjectType, Visibility};
use fieldlog_domain::shared::Role;

use crate::api_v1::dialect::api_error;
use crate::api_v1::fields::Fields;
use crate::http::problem::Problem;

/// Who sees it: `is_public`, or `private`, which wins when it is there.
pub fn visibility(fields: &Fields) -> Result<Option<Visibility>, Problem> {
    let is_public = match fields.flag("private")? {
        Some(is_private) => Some(!is_private),
        None => fields.flag("is_public")?,
    };
    Ok(is_public.map(|is_public| if is_public { Visibility::Public } else { Visibility::Private }))
}

/// The settings that the body names.
pub fn settings(fields: &Fields) -> Result<ChangeSettings, Problem> {
    let project_type = fields.word::<ProjectType>("project_type", "regular or template")?;
    let is_template = match project_type {
        None => None,
        Some(ProjectType::Regular) => Some(false),
        Some(ProjectType::Template) => Some(true),
        Some(ProjectType::SharedDatasets) => {
            return Err(api_error(
                "project_type: expected regular or template, found shared_datasets, which is a matter of the name",
            ));
        }
    };
    Ok(ChangeSettings {
        is_template,
        is_featured: fields.flag("is_featured")?,
        has_attachments_on_demand: fields.flag("is_attachment_download_on_demand")?,
        has_restricted_files: fields.flag("has_restricted_projectfiles")?,
        overwrites_conflicts: fields.flag("overwrite_conflicts")?,
        public_role: fields.word::<Role>("public_collaborator_role", "reader, reporter or editor")?,
        keep_versions: keep_versions(fields)?,
    })
}

/// How many versions of each file are kept; an empty text or null leaves it to the server.
fn keep_versions(fields: &Fields) -> Result<Option<Option<u32>>, Problem> {
    const NAME: &str = "storage_keep_versions";
    if fields.is_null(NAME) || fields.text(NAME)?.is_some_and(|text| text.is_empty()) {
        return Ok(Some(None));
    }
    Ok(fields.word::<u32>(NAME, "a number from 1 to 100")?.map(Some))
}
