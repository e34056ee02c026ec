//! When a resource is retired, its jobs are cancelled: nobody will look at what they find.

use fieldlog_domain::Event;
use fieldlog_domain::job::{Job, JobCommand, JobState};
use fieldlog_domain::resource::ResourceEvent;
use fieldlog_projections::{ListJobs, Page};

use super::occasion::{Later, Occasion, answered};
use crate::streams;

/// More jobs than a resource ever has under way.
const MAX_JOBS: usize = 1_000;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let (Event::Resource(ResourceEvent::ResourceRetired {}), Some(resource)) = (occasion.event, occasion.resource())
    else {
        return Ok(());
    };
    let under_way = vec![JobState::Requested, JobState::Claimed, JobState::Started];
    let list = ListJobs { resource: Some(resource), states: Some(under_way), page: Page::first(MAX_JOBS) };
    let command = occasion.command("cancel jobs when resource retired")?;
    for job in occasion.view().await?.jobs(list)?.rows {
        answered(command.dispatch::<Job>(&streams::job(job.id), JobCommand::Cancel).await)?;
    }
    Ok(())
}
