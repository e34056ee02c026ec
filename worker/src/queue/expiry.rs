//! Takes jobs from workers that were not heard of, this one's earlier processes among them.
//!
//! By a clock that only goes forward: a lease has run out when this process has waited for as long as a lease runs and nobody
//! renewed it. What time it is, here or at the worker that has the job, does not count, so a clock that is set ends no lease and
//! keeps none alive.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldlog_commands::job::{ExpireLease, expire_lease};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::JobId;
use fieldlog_projections::JobRow;
use tokio::time::Instant;

use crate::context::Context;

/// How long until the next look when nothing happens and nothing is due.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Ends every lease that has run out, for ever. Which worker does it does not matter: the log takes one.
pub(crate) async fn expire_leases(ctx: Arc<Context>) {
    let mut changes = ctx.app.model().changes();
    // Events come in bursts; one look for all of them is enough.
    let breath = (ctx.options.lease / 10).min(Duration::from_millis(200));
    let mut watched = Watched::default();
    loop {
        changes.mark_unchanged();
        let wake = expire_what_is_due(&ctx, &mut watched).await;
        tokio::time::sleep(breath).await;
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(wake) => {}
        }
    }
}

/// Since when this process knows of each lease. One that was renewed is another one.
#[derive(Default)]
struct Watched(HashMap<(JobId, DateTime<Utc>), Instant>);

impl Watched {
    fn update(&mut self, rows: &[JobRow]) {
        let leases = rows.iter().filter_map(|row| Some((row.id, row.lease_until?)));
        self.0 = leases.map(|lease| (lease, self.0.get(&lease).copied().unwrap_or_else(Instant::now))).collect();
    }

    /// The lease of a job, and since when it is known.
    fn lease(&self, row: &JobRow) -> Option<(DateTime<Utc>, Instant)> {
        let lease_until = row.lease_until?;
        self.0.get(&(row.id, lease_until)).map(|since| (lease_until, *since))
    }
}

async fn expire_what_is_due(ctx: &Context, watched: &mut Watched) -> Instant {
    // A tenth more than a lease runs: the answer to a renewal may be on its way.
    let patience = ctx.options.lease + ctx.options.lease / 10;
    let mut wake = Instant::now() + LONGEST_WAIT;
    let leased = match ctx.app.view().leased_jobs(None) {
        Ok(leased) => leased,
        Err(error) => {
            tracing::error!(%error, "the read model does not say which jobs are leased");
            return wake;
        }
    };
    watched.update(&leased);
    for row in leased {
        let Some((lease_until, since)) = watched.lease(&row) else { continue };
        if since + patience > Instant::now() {
            wake = wake.min(since + patience);
        } else if row.worker != Some(ctx.worker()) || !ctx.has_in_hand(row.id, row.attempt) {
            let expire = ExpireLease { command_id: None, job: row.id, lease_until };
            match expire_lease(&ctx.app, &Viewer::system(None), expire).await {
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
