//! Let QGIS look at a project's file again.

use crate::job::RequestJobRefusal;
use fieldlog_domain::job::JobKind;
use fieldlog_domain::{CommandId, ResourceId, JobId};

use crate::{App, CommandError, Done, Viewer};

/// Let QGIS look at a project's file again.
#[derive(Debug, Clone)]
pub struct RequestJob {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// What is to be done.
    pub kind: JobKind,
}

/// Let QGIS look at a project's file again.
pub async fn request_job(app: &App, viewer: &Viewer, input: RequestJob) -> Result<Done<JobId>, CommandError<RequestJobRefusal>> {
    todo!("{:?}", (app.now(), viewer, input))
}
