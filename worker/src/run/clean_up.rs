//! Leaves nothing behind: no container and no job directory, on any path.

use fieldlog_commands::live_lines::forget_lines_of_ended_jobs;
use fieldlog_domain::JobId;

use super::Run;
use crate::containers::ContainerId;
use crate::context::Context;
use crate::staging::JobDirectory;

impl Run {
    /// Removes the container, running or not, and then its directory, into which nothing writes any more.
    pub(super) async fn clean_up(&self) {
        if !remove(&self.ctx, &self.container_name(), self.directory.clone()).await {
            self.ctx.debris.notify_one();
        }
    }
}

/// Removes the containers and directories of this worker's that no job needs any more.
///
/// Everything that is in hand or still leased to this worker is spared, and so is everything of other workers.
pub(crate) async fn sweep(ctx: &Context) -> Result<(), String> {
    // A model that lags behind would not know of a lease. The head first: what is claimed after it is in hand.
    let head = ctx.app.log().head().await.map_err(|error| error.to_string())?;
    ctx.app.model().wait_until(head, ctx.options.lease).await.map_err(|error| error.to_string())?;
    let containers = ctx.runtime.list(&ctx.own_labels()).await.map_err(|error| ctx.engine_trouble(&error))?;
    let directories = JobDirectory::all(&ctx.options.dir).map_err(|error| error.to_string())?;
    let leased = ctx.app.view().leased_jobs(Some(ctx.worker())).map_err(|error| error.to_string())?;
    let is_needed = |job: JobId, attempt: u32| {
        ctx.has_in_hand(job, attempt) || leased.iter().any(|row| row.id == job && row.attempt == attempt)
    };
    let mut left = 0;
    for container in containers {
        let is_spoken_for = match attempt_of(&container.name) {
            Some((job, attempt)) => is_needed(job, attempt),
            None => ctx.warm.knows(&container.name),
        };
        if !is_spoken_for {
            tracing::info!(container = %container.id, "removing a container that no job needs any more");
            if let Err(error) = ctx.runtime.remove(&container.id).await {
                tracing::warn!(container = %container.id, why = ctx.engine_trouble(&error), "it could not be removed");
                left += 1;
            }
        }
    }
    for (job, attempt, directory) in directories {
        if !is_needed(job, attempt) && !remove_directory(directory).await {
            left += 1;
        }
    }
    for (name, directory) in JobDirectory::all_warm(&ctx.options.dir).map_err(|error| error.to_string())? {
        if !ctx.warm.knows(&name) && !remove_directory(directory).await {
            left += 1;
        }
    }
    if let Err(error) = forget_lines_of_ended_jobs(&ctx.app).await {
        tracing::warn!(%error, "what was told of jobs that are over could not be removed");
        left += 1;
    }
    match left {
        0 => Ok(()),
        left => Err(format!("{left} containers, directories or notes could not be removed")),
    }
}

async fn remove(ctx: &Context, container: &ContainerId, directory: JobDirectory) -> bool {
    let container_is_gone = match ctx.runtime.remove(container).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%container, why = ctx.engine_trouble(&error), "a container could not be removed");
            false
        }
    };
    remove_directory(directory).await && container_is_gone
}

async fn remove_directory(directory: JobDirectory) -> bool {
    let removed = tokio::task::spawn_blocking(move || (directory.remove(), directory)).await;
    match removed {
        Ok((Ok(()), _)) => true,
        Ok((Err(error), directory)) => {
            tracing::warn!(?directory, %error, "a job directory could not be removed");
            false
        }
        Err(_) => false,
    }
}

/// The attempt that has a container of this name.
fn attempt_of(name: &str) -> Option<(JobId, u32)> {
    let (job, attempt) = name.strip_prefix("fieldlog-")?.rsplit_once('-')?;
    Some((job.parse().ok()?, attempt.parse().ok()?))
}
