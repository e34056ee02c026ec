//! Rewrite a project's description.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::{CommandId, ResourceId};

use crate::{App, CommandError, Done, Viewer};

/// Rewrite a project's description.
#[derive(Debug, Clone)]
pub struct ReviseMetadata {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// For people, may be empty.
    pub description: String,
}

/// Rewrite a project's description.
pub async fn revise_metadata(app: &App, viewer: &Viewer, input: ReviseMetadata) -> Result<Done<()>, CommandError<ResourceRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
