//! When a QGIS project file came or went, the resource says which path is its project file: also when the upload or the
//! deletion crashed half-way.

use fieldlog_domain::Event;
use fieldlog_domain::file::FileEvent;
use fieldlog_domain::shared::FilePath;
use fieldlog_eventlog::LogError;

use super::occasion::{Later, Occasion, answered};
use crate::dispatch::read;
use crate::file::settle_project_file;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let path = match occasion.event {
        Event::File(FileEvent::FileVersionAdded { path, .. }) => Some(path.clone()),
        Event::File(FileEvent::FileDeleted { .. }) => path_of(occasion).await?,
        _ => None,
    };
    let Some(path) = path.filter(FilePath::is_project_file) else { return Ok(()) };
    let command = occasion.command("settle project file when file changed")?;
    answered(settle_project_file(&command, resource, &path).await).map(|_| ())
}

/// The path that a file had last.
pub(super) async fn path_of(occasion: &Occasion<'_>) -> Result<Option<FilePath>, LogError> {
    let before = usize::try_from(occasion.recorded.sequence).unwrap_or(usize::MAX);
    for recorded in occasion.app.log().read_stream(&occasion.recorded.stream, 0, before).await?.iter().rev() {
        if let Event::File(FileEvent::FileVersionAdded { path, .. }) = read(recorded)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
