//! Empty a path.

use crate::file::FileChangeRefusal;
use fieldlog_domain::file::{File, FileCommand};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{CommandId, FileId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::file::set::delete_with;
use crate::file::{active_resource, may_touch, settle_project_file};
use crate::{App, CommandError, Done, Viewer, streams};

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

/// Empty a path, and those of what belongs to the file there and means nothing without it.
pub async fn delete_file(
    app: &App,
    viewer: &Viewer,
    input: DeleteFile,
) -> Result<Done<()>, CommandError<FileChangeRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::DeleteFile, input.resource))?;
    let path = FilePath::try_new(&input.path).map_err(|bad| CommandError::invalid("path", bad))?;
    if !may_touch(app, viewer, input.resource, &path)? {
        return Err(CommandError::Refused(FileChangeRefusal::Restricted));
    }
    active_resource(app, input.resource).await?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let stream = streams::file(FileId::of(input.resource, &path));
    let receipt = command.dispatch::<File>(&stream, FileCommand::Delete).await;
    let receipt = receipt.map_err(|error| error.map_refusal(FileChangeRefusal::File))?;
    let deleted = delete_with(&command, input.resource, &path).await;
    let deleted = deleted.map_err(|error| error.map_refusal(FileChangeRefusal::File))?;
    let cleared = settle_project_file(&command, input.resource, &path).await;
    let cleared = cleared.map_err(|error| error.map_refusal(FileChangeRefusal::Resource))?;
    Ok(Done::new((), cleared.or(deleted).or(receipt)))
}
