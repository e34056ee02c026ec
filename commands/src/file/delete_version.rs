//! Take a version of a file out of the lists.

use crate::file::FileChangeRefusal;
use fieldlog_domain::file::{File, FileCommand};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{CommandId, FileId, ResourceId, VersionId};

use crate::authz::{Action, ResourceAction};
use crate::file::{active_resource, may_touch};
use crate::{App, CommandError, Done, Viewer, streams};

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
pub async fn delete_version(
    app: &App,
    viewer: &Viewer,
    input: DeleteVersion,
) -> Result<Done<()>, CommandError<FileChangeRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::DeleteFile, input.resource))?;
    let path = FilePath::try_new(&input.path).map_err(|bad| CommandError::invalid("path", bad))?;
    if !may_touch(app, viewer, input.resource, &path)? {
        return Err(CommandError::Refused(FileChangeRefusal::Restricted));
    }
    active_resource(app, input.resource).await?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let stream = streams::file(FileId::of(input.resource, &path));
    let receipt = command.dispatch::<File>(&stream, FileCommand::DeleteVersion(input.version)).await;
    let receipt = receipt.map_err(|error| error.map_refusal(FileChangeRefusal::File))?;
    Ok(Done::new((), receipt))
}
