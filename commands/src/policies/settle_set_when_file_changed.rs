//! When a file changed, what was made for another state of it is set aside: also when the upload crashed half-way, and when a
//! job made it.

use fieldlog_domain::Event;
use fieldlog_domain::file::FileEvent;

use super::occasion::{Later, Occasion, answered};
use super::settle_project_file_when_file_changed::path_of;
use crate::file::settle_set;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let path = match occasion.event {
        Event::File(FileEvent::FileVersionAdded { path, .. }) => Some(path.clone()),
        Event::File(FileEvent::FileVersionRestored { .. } | FileEvent::FileVersionDeleted { .. }) => {
            path_of(occasion).await?
        }
        _ => None,
    };
    let Some(path) = path else { return Ok(()) };
    let command = occasion.command("settle set when file changed")?;
    answered(settle_set(&command, resource, &path).await).map(|_| ())
}
