//! Which path is a project's one QGIS project file: the resource says so, the files are streams of their own.

use fieldlog_domain::file::File;
use fieldlog_domain::resource::{Resource, ResourceCommand, ResourceRefusal};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId};
use fieldlog_eventlog::{LogError, Receipt};

use crate::dispatch::Dispatch;
use crate::{App, CommandError, streams};

/// How often somebody who changes the same path at the same time is followed.
const ROUNDS: usize = 4;

/// Makes the file at `path` the project file of its resource while it holds something, and no longer when it holds nothing.
///
/// Refused when another path is the project file and holds something: then this one must not. What is no QGIS project file
/// is left alone.
pub(crate) async fn settle_project_file(
    command: &Dispatch<'_>,
    resource: ResourceId,
    path: &FilePath,
) -> Result<Option<Receipt>, CommandError<ResourceRefusal>> {
    if !path.is_project_file() {
        return Ok(None);
    }
    let app = command.app();
    let mut receipt = None;
    for round in 0..ROUNDS {
        let step = command.step(format!("project file {round} "));
        let held = held_path(app, resource, path).await?;
        let done = match &held {
            Some(held) => designate(&step, resource, held).await?,
            None => {
                let clear = ResourceCommand::ClearProjectFile(path.clone());
                step.dispatch::<Resource>(&streams::resource(resource), clear).await?
            }
        };
        receipt = done.or(receipt);
        if held_path(app, resource, path).await? == held {
            return Ok(receipt);
        }
    }
    Err(CommandError::Conflict)
}

/// Makes `path` the project file. One that was designated for an upload that broke off gives way.
///
/// Two uploads race like this: each designates, adds its version, looks at the designation again. Whoever takes the place of an
/// empty path looks at that path once more afterwards; so either it sees the version that came meanwhile, or that version's
/// upload sees that its designation is gone.
pub(crate) async fn designate(
    command: &Dispatch<'_>,
    resource: ResourceId,
    path: &FilePath,
) -> Result<Option<Receipt>, CommandError<ResourceRefusal>> {
    let (app, stream, name) = (command.app(), streams::resource(resource), command.step_name());
    let designate = |path: &FilePath| ResourceCommand::DesignateProjectFile(path.clone());
    let refused = match command.dispatch::<Resource>(&stream, designate(path)).await {
        Err(CommandError::Refused(ResourceRefusal::SecondProjectFile { existing })) => existing,
        answer => return answer,
    };
    if held_path(app, resource, &refused).await?.is_none() {
        let clear = ResourceCommand::ClearProjectFile(refused.clone());
        command.step(format!("{name}clear ")).dispatch::<Resource>(&stream, clear).await?;
        if held_path(app, resource, &refused).await?.is_none() {
            return command.step(format!("{name}again ")).dispatch::<Resource>(&stream, designate(path)).await;
        }
        command.step(format!("{name}back ")).dispatch::<Resource>(&stream, designate(&refused)).await?;
    }
    Err(CommandError::Refused(ResourceRefusal::SecondProjectFile { existing: refused }))
}

/// How the file at the path is written while it holds something, as the log has it now.
pub(super) async fn held_path(app: &App, resource: ResourceId, path: &FilePath) -> Result<Option<FilePath>, LogError> {
    let stream = streams::file(FileId::of(resource, path));
    app.fresh::<File, _>(&stream, |file, _| file.path().cloned()).await
}
