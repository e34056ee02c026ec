//! Takes jobs from workers that were not heard of, this one's earlier processes among them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_commands::job::{ExpireLease, expire_lease};
use fieldlog_commands::{CommandError, Viewer};
use tokio::time::Instant;

use crate::context::Context;

/// Longer waits are cut into pieces, for a clock that is set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Ends every lease that has run out, for ever. Which worker does it does not matter: the log takes one.
pub(crate) async fn expire_leases(ctx: Arc<Context>) {
    let mut changes = ctx.app.model().changes();
    // Clocks of two machines differ a little, and an expired lease is not urgent.
    let grace = ctx.options.lease / 10;
    let breath = grace.min(Duration::from_millis(200));
    loop {
        changes.mark_unchanged();
        let wake = expire_what_is_due(&ctx, grace).await;
        // Events come in bursts; one look for all of them is enough.
        tokio::time::sleep(breath).await;
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(wake) => {}
        }
    }
}

async fn expire_what_is_due(ctx: &Context, grace: Duration) -> Instant {
    let now = ctx.app.now();
    let leased = match ctx.app.view().leased_jobs(None) {
        Ok(leased) => leased,
        Err(error) => {
            tracing::error!(%error, "the read model does not say which leases have run out");
            return Instant::now() + LONGEST_WAIT;
        }
    };
    let mut wake = Instant::now() + LONGEST_WAIT;
    for row in leased {
        let wait = row.lease_until.map(|end| until(end, now) + grace).unwrap_or_default();
        let is_out = row.lease_until.is_some_and(|end| end + grace <= now);
        if !is_out {
            wake = wake.min(Instant::now() + wait);
        } else if row.worker != Some(ctx.worker()) || !ctx.has_in_hand(row.id, row.attempt) {
            let viewer = Viewer::system(None);
            match expire_lease(&ctx.app, &viewer, ExpireLease { command_id: None, job: row.id }).await {
                Ok(_) => tracing::info!(job = %row.id, attempt = row.attempt, "a worker was not heard of"),
                // It renewed, or it ended the job: the model will know in a moment.
                Err(CommandError::Refused(_) | CommandError::Conflict) => {}
                Err(error) => {
                    tracing::warn!(job = %row.id, %error, "a lease could not be ended");
                    wake = wake.min(Instant::now() + Duration::from_secs(1));
                }
            }
        }
    }
    wake
}

fn until(end: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (end - now).to_std().unwrap_or_default()
}
