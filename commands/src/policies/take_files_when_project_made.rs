//! When a job has made a project's first files, they are the project's.

use fieldlog_domain::file::{AddFileVersion, File, FileCommand, Onto};
use fieldlog_domain::job::{JobEvent, JobKind, JobOutput};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{Event, FileId, JobId, ResourceId, VersionId};

use super::occasion::{Later, Occasion, answered};
use crate::file::{designate, settle_project_file};
use crate::job::first_of;
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Job(JobEvent::JobFinished { outputs, .. }) = occasion.event else { return Ok(()) };
    let Some(JobEvent::JobRequested { kind: JobKind::CreateProject, resource, .. }) =
        first_of(occasion.app, &occasion.recorded.stream).await?
    else {
        return Ok(());
    };
    let job = JobId::of_new_project(resource);
    for output in outputs {
        if let Ok(path) = FilePath::try_new(&output.name) {
            take(occasion, (resource, job), path, output).await?;
        }
    }
    Ok(())
}

/// Puts a file in its place, once: whatever people have done to it since stays.
async fn take(
    occasion: &Occasion<'_>,
    (resource, job): (ResourceId, JobId),
    path: FilePath,
    output: &JobOutput,
) -> Result<(), Later> {
    let file = FileId::of(resource, &path);
    let version = VersionId::of_job(job, file);
    let look = |known: &File, _| (known.knows(version), known.current().is_some());
    let (was_taken, holds_something) = occasion.app.fresh::<File, _>(&streams::file(file), look).await?;
    let is_upload_of_people = holds_something && path.is_project_file();
    if was_taken || is_upload_of_people {
        return Ok(());
    }
    let command = occasion.command("take files when project made")?.about(resource);
    if path.is_project_file() && answered(designate(&command, resource, &path).await)?.is_none() {
        // People uploaded another project file meanwhile.
        return Ok(());
    }
    let made = AddFileVersion::made(job, resource, path.clone(), output, Onto::Whatever);
    let add = FileCommand::AddVersion(made);
    answered(command.dispatch::<File>(&streams::file(file), add).await)?;
    answered(settle_project_file(&command, resource, &path).await).map(|_| ())
}
