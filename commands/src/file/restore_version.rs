//! Make an earlier version of a file current again, as a new version.

use crate::file::FileChangeRefusal;
use fieldlog_domain::{CommandId, ResourceId, VersionId};

use crate::{App, CommandError, Done, Viewer};

/// Make an earlier version of a file current again, as a new version.
#[derive(Debug, Clone)]
pub struct RestoreVersion {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// The path.
    pub path: String,
    /// Whose bytes it gets.
    pub version: VersionId,
}

/// Make an earlier version of a file current again, as a new version.
pub async fn restore_version(app: &App, viewer: &Viewer, input: RestoreVersion) -> Result<Done<VersionId>, CommandError<FileChangeRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
