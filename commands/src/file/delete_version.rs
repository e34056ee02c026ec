//! Take a version of a file out of the lists.

use crate::file::FileChangeRefusal;
use fieldlog_domain::{CommandId, ResourceId, VersionId};

use crate::{App, CommandError, Done, Viewer};

/// Take a version of a file out of the lists.
#[derive(Debug, Clone)]
pub struct DeleteVersion {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// The path.
    pub path: String,
    /// The version.
    pub version: VersionId,
}

/// Take a version of a file out of the lists.
pub async fn delete_version(app: &App, viewer: &Viewer, input: DeleteVersion) -> Result<Done<()>, CommandError<FileChangeRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
