//! When a QGIS project file holds something else than before, its new state is staged.

use fieldlog_domain::file::{File, FileEvent};
use fieldlog_domain::resource::{Resource, ResourceCommand, StageRevision};
use fieldlog_domain::{Event, RevisionId};

use super::occasion::{Later, Occasion, answered};
use super::settle_project_file_when_file_changed::path_of;
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let Event::File(event) = occasion.event else { return Ok(()) };
    let path = match event {
        FileEvent::FileVersionAdded { path, .. } => Some(path.clone()),
        FileEvent::FileVersionRestored { .. } | FileEvent::FileVersionDeleted { .. } => path_of(occasion).await?,
        FileEvent::FileDeleted { .. } | FileEvent::FileVersionPurged { .. } => None,
    };
    let Some(path) = path.filter(|path| path.is_project_file()) else { return Ok(()) };

    // As things are now: what is no longer current is staged by the event that replaced it.
    let look = |file: &File, _| file.current().map(|(id, known)| (id, known.digest));
    let Some((version, digest)) = occasion.app.fresh::<File, _>(&occasion.recorded.stream, look).await? else {
        return Ok(());
    };
    let is_about_current = match event {
        FileEvent::FileVersionAdded { version: added, .. } => *added == version,
        FileEvent::FileVersionRestored { version: restored, .. } => *restored == version,
        // Deleting an old version changes nothing; deleting the newest makes the one before current again.
        FileEvent::FileVersionDeleted { .. } => {
            let view = occasion.view().await?;
            let latest = view.resource(resource)?.and_then(|row| row.latest);
            let latest = latest.map(|revision| view.revision(revision)).transpose()?.flatten();
            latest.is_some_and(|row| row.version != version)
        }
        FileEvent::FileDeleted { .. } | FileEvent::FileVersionPurged { .. } => false,
    };
    if !is_about_current {
        return Ok(());
    }
    let command = occasion.command("stage revision when project file added")?;
    let revision = RevisionId(command.derive("revision"));
    let stage = ResourceCommand::StageRevision(StageRevision { revision, project_file: path, version, digest });
    answered(command.dispatch::<Resource>(&streams::resource(resource), stage).await).map(|_| ())
}
