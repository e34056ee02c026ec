//! When a file has more versions than are kept, the bytes of the oldest are given up. The log keeps what they were.

use fieldlog_domain::file::{File, FileCommand, FileEvent};
use fieldlog_domain::resource::Resource;
use fieldlog_domain::{Event, ResourceId};

use super::occasion::{Later, Occasion, answered};
use crate::plan::Subscription;
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::File(FileEvent::FileVersionAdded { .. } | FileEvent::FileVersionRestored { .. }) = occasion.event else {
        return Ok(());
    };
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let Some(keep) = kept_of(occasion, resource).await? else { return Ok(()) };
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

/// How many versions are kept; none: all of them. Only some plans leave it to the project.
async fn kept_of(occasion: &Occasion<'_>, resource: ResourceId) -> Result<Option<u32>, Later> {
    let look = |now: &Resource, _| (now.settings().keep_versions, now.owner());
    let (asked, owner) = occasion.app.fresh::<Resource, _>(&streams::resource(resource), look).await?;
    let Some(owner) = owner else { return Ok(None) };
    let Some(owner) = occasion.view().await?.account(owner)? else { return Ok(None) };
    match occasion.app.subscription_of(&owner) {
        Ok(Subscription { plan, .. }) if plan.is_premium => Ok(asked.or(plan.keep_versions)),
        Ok(Subscription { plan, .. }) => Ok(plan.keep_versions),
        Err(unknown) => {
            tracing::warn!(%unknown, %resource, "all versions of a file are kept");
            Ok(None)
        }
    }
}
