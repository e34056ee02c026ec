//! Make an earlier version of a file current again, as a new version.

use crate::file::FileChangeRefusal;
use fieldlog_domain::file::{File, FileCommand, FileRefusal};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{CommandId, FileId, ResourceId, VersionId};

use crate::authz::{Action, ResourceAction};
use crate::file::set::{bring_back, earlier};
use crate::file::{active_resource, may_touch};
use crate::{App, CommandError, Done, Viewer, streams};

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

/// Make an earlier version of a file current again, as a new version. What belongs to the file becomes again what it was then.
pub async fn restore_version(
    app: &App,
    viewer: &Viewer,
    input: RestoreVersion,
) -> Result<Done<VersionId>, CommandError<FileChangeRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::RestoreVersion, input.resource))?;
    let path = FilePath::try_new(&input.path).map_err(|bad| CommandError::invalid("path", bad))?;
    if !may_touch(app, viewer, input.resource, &path)? {
        return Err(CommandError::Refused(FileChangeRefusal::Restricted));
    }
    active_resource(app, input.resource).await?;
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let of_rule = |error: CommandError<FileRefusal>| error.map_refusal(FileChangeRefusal::File);
    let earlier = earlier(&command, input.resource, &path, input.version).await.map_err(of_rule)?;
    let version = VersionId(command.derive("version"));
    let stream = streams::file(FileId::of(input.resource, &path));
    let restore = FileCommand::RestoreVersion { version, restored: input.version };
    let receipt = command.dispatch::<File>(&stream, restore).await;
    let mut receipt = receipt.map_err(of_rule)?;
    if let Some(earlier) = earlier {
        receipt = bring_back(&command, input.resource, &earlier).await.map_err(of_rule)?.or(receipt);
    }
    Ok(Done::new(version, receipt))
}
