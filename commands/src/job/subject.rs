//! The state of a project that a job works on.

use fieldlog_domain::file::File;
use fieldlog_domain::resource::Resource;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId, RevisionId, Sha256Digest, VersionId};
use fieldlog_eventlog::LogError;
use fieldlog_projections::View;

use crate::{App, CommandError, streams};

/// The state of a project that a job works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) revision: RevisionId,
    pub(crate) project_file: FilePath,
    pub(crate) digest: Sha256Digest,
}

impl Subject {
    /// The last state that QGIS could read; where there is none yet, the last one. None when there is no project file.
    pub(crate) async fn of<R>(app: &App, view: &View, resource: ResourceId) -> Result<Option<Self>, CommandError<R>> {
        let row = view.resource(resource)?;
        let known = row.filter(|row| row.project_file.is_some()).and_then(|row| row.ready.or(row.latest));
        if let Some(revision) = known.map(|revision| view.revision(revision)).transpose()?.flatten() {
            let (project_file, digest) = (revision.project_file, revision.digest);
            return Ok(Some(Self { revision: revision.id, project_file, digest }));
        }
        // Uploaded a moment ago: the policy that makes a revision of it has not come to it yet.
        let current = current_project_file(app, resource).await?;
        Ok(current.map(|(project_file, version, digest)| Self {
            revision: RevisionId(version.0),
            project_file,
            digest,
        }))
    }
}

/// What the project file holds, as the log has it now; none when there is no project file.
pub(crate) async fn current_project_file(
    app: &App,
    resource: ResourceId,
) -> Result<Option<(FilePath, VersionId, Sha256Digest)>, LogError> {
    let look = |resource: &Resource, _| resource.project_file().cloned();
    let Some(path) = app.fresh::<Resource, _>(&streams::resource(resource), look).await? else { return Ok(None) };
    let stream = streams::file(FileId::of(resource, &path));
    let current = app.fresh::<File, _>(&stream, |file, _| file.current().map(|(id, known)| (id, known.digest))).await?;
    Ok(current.map(|(version, digest)| (path, version, digest)))
}
