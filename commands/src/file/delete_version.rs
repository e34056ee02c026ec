//! Take a version of a file out of the lists.

use crate::file::FileChangeRefusal;
use fieldlog_domain::file::{File, FileCommand, FileRefusal};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{CommandId, FileId, ResourceId, VersionId};

use crate::authz::{Action, ResourceAction};
use crate::file::set::{bring_back, earlier};
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

/// Take a version of a file out of the lists. When that makes an earlier one current, what belongs to the file becomes again what
/// it was then.
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
    let of_rule = |error: CommandError<FileRefusal>| error.map_refusal(FileChangeRefusal::File);
    let before = app.fresh::<File, _>(&stream, |file, _| before(file, input.version)).await?;
    let earlier = match before {
        Some(before) => earlier(&command, input.resource, &path, before).await.map_err(of_rule)?,
        None => None,
    };
    let receipt = command.dispatch::<File>(&stream, FileCommand::DeleteVersion(input.version)).await;
    let mut receipt = receipt.map_err(of_rule)?;
    if let Some(earlier) = earlier {
        receipt = bring_back(&command, input.resource, &earlier).await.map_err(of_rule)?.or(receipt);
    }
    Ok(Done::new((), receipt))
}

/// The version that is current when this one is gone, if it is current now.
fn before(file: &File, version: VersionId) -> Option<VersionId> {
    let mut newest_first = file.versions().into_iter().rev();
    let current = newest_first.next()?;
    newest_first.next().filter(|_| current == version)
}
