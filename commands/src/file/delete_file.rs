//! Empty a path.

use crate::file::FileChangeRefusal;
use fieldlog_domain::{CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Empty a path.
#[derive(Debug, Clone)]
pub struct DeleteFile {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// The path.
    pub path: String,
}

/// Empty a path.
pub async fn delete_file(app: &App, viewer: &Viewer, input: DeleteFile) -> Result<Done<()>, CommandError<FileChangeRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
