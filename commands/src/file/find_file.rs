//! Find a version of a file that somebody may read.

use fieldlog_domain::resource::RevisionState;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId, VersionId};
use fieldlog_projections::{Page, ReadError, ResourceRow, VersionRow, View};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Never, Viewer};

/// How far back readers can ask for an earlier state of a project file.
const MAX_REVISIONS: usize = 1_000;

/// Find a version of a file that somebody may read.
#[derive(Debug, Clone)]
pub struct FindFile {
    /// Whose file.
    pub resource: ResourceId,
    /// The path.
    pub path: String,
    /// Which version; none: the one the viewer is to see, which for readers of a QGIS project file is the last ready one.
    pub version: Option<VersionId>,
}

/// Find a version of a file that somebody may read, in `view`, which may show an earlier moment.
///
/// Who may read is decided by how things are now.
pub fn find_file(app: &App, viewer: &Viewer, view: &View, input: FindFile) -> Result<VersionRow, CommandError<Never>> {
    app.authorise(viewer, Action::Resource(ResourceAction::ReadFiles, input.resource))?;
    let path = FilePath::try_new(&input.path).map_err(|bad| CommandError::invalid("path", bad))?;
    let no_file = || CommandError::NotFound("file");
    let resource = view.resource(input.resource)?.ok_or_else(no_file)?;
    let only_ready = resource.project_file.as_ref().is_some_and(|file| file.is_same_file(&path))
        && app.authorise(viewer, Action::Resource(ResourceAction::SeeUnready, input.resource)).is_err();
    match input.version {
        None if only_ready => ready_version(view, &resource)?.ok_or_else(no_file),
        None => Ok(view.file(input.resource, &path)?.ok_or_else(no_file)?.current),
        Some(version) => {
            let no_version = || CommandError::NotFound("version");
            let found =
                view.version(version)?.filter(|row| row.file == FileId::of(input.resource, &path) && !row.is_deleted);
            let found = found.ok_or_else(no_version)?;
            if only_ready && !was_ready(view, &resource, version)? {
                return Err(no_version());
            }
            Ok(found)
        }
    }
}

/// The version of the project file that readers see.
fn ready_version(view: &View, resource: &ResourceRow) -> Result<Option<VersionRow>, ReadError> {
    let Some(ready) = resource.ready else { return Ok(None) };
    let Some(revision) = view.revision(ready)? else { return Ok(None) };
    view.version(revision.version)
}

/// Whether readers see the version, or once did.
fn was_ready(view: &View, resource: &ResourceRow, version: VersionId) -> Result<bool, ReadError> {
    let revisions = view.revisions(resource.id, Page::first(MAX_REVISIONS))?;
    Ok(revisions.rows.iter().any(|row| row.version == version && row.state == RevisionState::Ready))
}
