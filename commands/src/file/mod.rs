//! Files and their versions.

mod attachments;
mod delete_file;
mod delete_version;
mod find_file;
mod media_type;
mod open_file;
mod project_file;
mod readable;
mod refusals;
mod restore_version;
mod set;
mod upload_file;

use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::{Resource, ResourceRefusal};
use fieldlog_domain::shared::FilePath;

use crate::authz::{Action, Denied, ResourceAction};
use crate::{App, CommandError, Viewer, streams};

pub use attachments::{attachment_folders, is_attachment};
pub use delete_file::{DeleteFile, delete_file};
pub use delete_version::{DeleteVersion, delete_version};
pub use find_file::{FindFile, find_file};
pub use media_type::guess as guess_media_type;
pub use open_file::{OpenedFile, open_file};
pub(crate) use project_file::{designate, settle_project_file};
pub use refusals::{FileChangeRefusal, UploadRefusal};
pub use restore_version::{RestoreVersion, restore_version};
pub(crate) use set::{mains_of, members_of, set_aside_given, settle_set};
pub use upload_file::{UploadFile, UploadedVersion, upload_file};

/// Whether somebody may change this file where the project restricts it to managers.
fn may_touch(app: &App, viewer: &Viewer, resource: ResourceId, path: &FilePath) -> Result<bool, Denied> {
    let Some(row) = app.view().resource(resource)? else { return Ok(true) };
    if !row.settings.has_restricted_files || !path.is_restricted(row.project_file.as_ref()) {
        return Ok(true);
    }
    match app.authorise(viewer, Action::Resource(ResourceAction::ChangeRestrictedFile, resource)) {
        Ok(_) => Ok(true),
        Err(Denied::Forbidden) => Ok(false),
        Err(denied) => Err(denied),
    }
}

/// Refuses what may not be changed any more. What changes a file changes no resource, so its own stream would not tell.
async fn active_resource<R: From<ResourceRefusal>>(app: &App, id: ResourceId) -> Result<(), CommandError<R>> {
    let look = |resource: &Resource, sequence| (sequence > 0, resource.is_active());
    match app.fresh::<Resource, _>(&streams::resource(id), look).await? {
        (true, true) => Ok(()),
        (true, false) => Err(CommandError::Refused(ResourceRefusal::Retired.into())),
        (false, _) => Err(CommandError::NotFound("resource")),
    }
}
