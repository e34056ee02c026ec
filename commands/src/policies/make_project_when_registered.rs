//! When a project is registered that is a copy or grows from a seed, it gets its files: those of a copy at once, since the bytes are
//! there already; the project file by a job.

use std::convert::Infallible;

use fieldlog_domain::file::{AddFileVersion, File, FileCommand, Onto, VersionSource};
use fieldlog_domain::job::{Job, JobCause, JobCommand, JobKind, RequestJob};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::resource::{Resource, ResourceEvent, ResourceSource};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{Event, FileId, JobId, ResourceId, Sha256Digest, VersionId};
use fieldlog_projections::VersionRow;

use super::occasion::{Later, Occasion, answered};
use crate::job::subject::Subject;
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let (Event::Resource(ResourceEvent::ResourceRegistered { source, .. }), Some(project)) =
        (occasion.event, occasion.resource())
    else {
        return Ok(());
    };
    let from = match source {
        ResourceSource::Created => return Ok(()),
        ResourceSource::Copied { from, .. } => Some(*from),
        ResourceSource::Seeded { .. } => None,
    };
    let app = occasion.app;
    let job = JobId::of_new_project(project);
    let was_asked = app.fresh::<Job, _>(&streams::job(job), |job, _| job.state().is_some()).await?;
    let is_active = app.fresh::<Resource, _>(&streams::resource(project), |now, _| now.is_active()).await?;
    if was_asked || !is_active {
        return Ok(());
    }
    let project_file = match from {
        Some(from) => copy_files(occasion, from, project, job).await?,
        None => None,
    };
    if from.is_some() && project_file.is_none() {
        // There is nothing that QGIS would have to change.
        return Ok(());
    }
    let (project_file, project_file_digest) = project_file.unzip();
    let request = JobCommand::Request(RequestJob {
        kind: JobKind::CreateProject,
        resource: project,
        revision: None,
        project_file,
        project_file_digest,
        requester: match occasion.recorded.metadata.actor {
            Actor::Account(account) => Some(account),
            Actor::System | Actor::Operator | Actor::Anonymous => None,
        },
        cause: JobCause::ProjectRegistered,
        max_attempts: app.settings().job_max_attempts,
        is_private: false,
    });
    let command = occasion.command("make project when registered")?.about(project);
    answered(command.dispatch::<Job>(&streams::job(job), request).await).map(|_| ())
}

/// Gives a copy all files of the other project as they are now, but for the project file, which is returned: a job gives it its
/// new title.
async fn copy_files(
    occasion: &Occasion<'_>,
    from: ResourceId,
    project: ResourceId,
    job: JobId,
) -> Result<Option<(FilePath, Sha256Digest)>, Later> {
    let view = occasion.view().await?;
    let subject = answered(Subject::of::<Infallible>(occasion.app, &view, from).await)?.flatten();
    let command = occasion.command("make project when registered")?.about(project);
    for version in view.all_current_versions(from)? {
        if version.path.is_project_file() {
            continue;
        }
        let file = FileId::of(project, &version.path);
        let knows = |known: &File, _| known.knows(VersionId::of_job(job, file));
        if occasion.app.fresh::<File, _>(&streams::file(file), knows).await? {
            continue;
        }
        let add = FileCommand::AddVersion(copied(version, file, project, job));
        answered(command.dispatch::<File>(&streams::file(file), add).await)?;
    }
    Ok(subject.map(|subject| (subject.project_file, subject.digest)))
}

fn copied(version: VersionRow, file: FileId, project: ResourceId, job: JobId) -> AddFileVersion {
    AddFileVersion {
        resource: project,
        path: version.path,
        version: VersionId::of_job(job, file),
        digest: version.digest,
        md5: version.md5,
        etag: version.etag,
        size: version.size,
        media_type: version.media_type,
        source: VersionSource::Job { job },
        onto: Onto::Whatever,
    }
}
