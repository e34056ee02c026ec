//! When a revision is staged, jobs that were to look at the ones before are cancelled: nobody waits for what they find. Those that
//! somebody asked for go on.

use fieldlog_domain::Event;
use fieldlog_domain::job::{Job, JobCause, JobCommand, JobKind};
use fieldlog_domain::resource::ResourceEvent;

use super::occasion::{Later, Occasion, answered};
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Resource(ResourceEvent::RevisionStaged { .. }) = occasion.event else { return Ok(()) };
    let Some(resource) = occasion.resource() else { return Ok(()) };
    let view = occasion.view().await?;
    // What is staged by now, not by then.
    let newest = view.resource(resource)?.and_then(|row| row.latest);
    let command = occasion.command("cancel processing when revision superseded")?;
    for job in view.jobs_under_way(resource, JobKind::ProcessProjectFile)? {
        if job.cause == JobCause::RevisionStaged && job.revision != newest {
            answered(command.dispatch::<Job>(&streams::job(job.id), JobCommand::Cancel).await)?;
        }
    }
    Ok(())
}
