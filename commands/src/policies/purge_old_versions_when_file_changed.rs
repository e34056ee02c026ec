//! When a file has more versions than are kept, the bytes of the oldest are given up. The log keeps what they were.

use fieldlog_domain::Event;
use fieldlog_domain::file::{File, FileCommand, FileEvent};
use fieldlog_domain::resource::Resource;

use super::occasion::{Later, Occasion, answered};
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::File(FileEvent::FileVersionAdded { .. } | FileEvent::FileVersionRestored { .. }) = occasion.event else {
        return Ok(());
    };
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let look = |now: &Resource, _| now.settings().keep_versions;
    let asked = occasion.app.fresh::<Resource, _>(&streams::resource(resource), look).await?;
    let Some(keep) = asked.or(occasion.app.settings().keep_versions) else { return Ok(()) };
    let stream = &occasion.recorded.stream;
    let versions = occasion.app.fresh::<File, _>(stream, |now, _| now.versions()).await?;
    let surplus = versions.len().saturating_sub(keep.max(1) as usize);
    let command = occasion.command("purge old versions when file changed")?;
    for version in &versions[..surplus] {
        let step = command.step(format!("{version} "));
        answered(step.dispatch::<File>(stream, FileCommand::PurgeVersion(*version)).await)?;
    }
    Ok(())
}
