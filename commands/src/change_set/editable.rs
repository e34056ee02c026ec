//! Whether a project is one that edits can go into.

use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::{ProjectType, Resource};
use thiserror::Error;

use crate::{App, CommandError, streams};

/// Why no edits can go into a project.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotEditable {
    /// There is nothing to edit.
    #[error("the project has no QGIS project file; upload a .qgs or .qgz file first")]
    NoProjectFile,
    /// Nobody edits a template, or shared datasets.
    #[error("expected a regular project, found a {}", .0.as_ref())]
    NotRegular(ProjectType),
}

/// Whether the project can be edited at all.
pub(super) async fn check<R: From<NotEditable>>(app: &App, project: ResourceId) -> Result<(), CommandError<R>> {
    let look = |now: &Resource, _| {
        let project_type = now.name().map(|name| now.settings().project_type(name));
        (now.is_active(), project_type, now.project_file().is_some())
    };
    match app.fresh::<Resource, _>(&streams::resource(project), look).await? {
        (true, Some(ProjectType::Regular), true) => Ok(()),
        (true, Some(ProjectType::Regular), false) => Err(CommandError::Refused(NotEditable::NoProjectFile.into())),
        (true, Some(other), _) => Err(CommandError::Refused(NotEditable::NotRegular(other).into())),
        (_, _, _) => Err(CommandError::NotFound("project")),
    }
}
