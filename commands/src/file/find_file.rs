//! Find a version of a file that somebody may read.

use fieldlog_domain::{ResourceId, VersionId};
use fieldlog_projections::{VersionRow, View};

use crate::{App, CommandError, Never, Viewer};

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
    let _ = view;
    todo!("{:?}", (app.now(), viewer, input))
}
