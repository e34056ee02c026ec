//! When people change a project's data, its new state is staged, so that QGIS looks at its layers again: once for all files
//! that come before it begins.

use fieldlog_domain::file::{FileEvent, VersionSource};
use fieldlog_domain::job::Job;
use fieldlog_domain::resource::{Resource, ResourceCommand, StageRevision};
use fieldlog_domain::{Event, JobId, ResourceId, RevisionId};

use super::occasion::{Later, Occasion, answered};
use super::settle_project_file_when_file_changed::path_of;
use crate::file::attachment_folders;
use crate::job::subject::current_project_file;
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let path = match occasion.event {
        Event::File(FileEvent::FileVersionAdded { path, source: VersionSource::Upload, .. }) => Some(path.clone()),
        Event::File(
            FileEvent::FileVersionRestored { .. }
            | FileEvent::FileVersionDeleted { .. }
            | FileEvent::FileDeleted { because: None },
        ) => path_of(occasion).await?,
        _ => None,
    };
    let Some(path) = path.filter(|path| !path.is_project_file()) else { return Ok(()) };
    let folders = attachment_folders(&occasion.view().await?, resource)?;
    if folders.iter().any(|folder| path.as_str().starts_with(folder.as_str())) || is_seen_to(occasion, resource).await?
    {
        return Ok(());
    }
    let current = current_project_file(occasion.app, resource).await?;
    let Some((project_file, version, digest)) = current else { return Ok(()) };
    let command = occasion.command("stage revision when data changed")?;
    let revision = RevisionId(command.derive("revision"));
    let stage = ResourceCommand::StageRevision(StageRevision { revision, project_file, version, digest });
    answered(command.dispatch::<Resource>(&streams::resource(resource), stage).await).map(|_| ())
}

/// Whether a job began after the change, or is still to begin: it is given the files that are there when it begins.
async fn is_seen_to(occasion: &Occasion<'_>, resource: ResourceId) -> Result<bool, Later> {
    let staged = occasion.app.fresh::<Resource, _>(&streams::resource(resource), |now, _| now.staged()).await?;
    if let Some(revision) = staged {
        let job = streams::job(JobId::of_revision(revision));
        // The policy that asks for it comes to it later.
        if occasion.app.fresh::<Job, _>(&job, |job, _| job.state().is_none()).await? {
            return Ok(true);
        }
    }
    Ok(occasion.view().await?.is_processed_after(resource, occasion.recorded.position)?)
}
