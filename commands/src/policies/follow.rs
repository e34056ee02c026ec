//! Follows the log and shows each event to the policies; what fails is tried again, nothing is skipped.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fieldlog_eventlog::{Position, RecordedEvent, subscribe};
use futures::StreamExt;
use tokio::sync::watch;

use super::occasion::{Later, Occasion};
use super::{Cursor, react};
use crate::App;
use crate::dispatch::read;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Types of events that some policy looks at; the others are not even decoded.
const OF_INTEREST: [&str; 24] = [
    "account_disabled",
    "account_erased",
    "credential_set",
    "deltas_received",
    "deltas_reopened",
    "deltas_replaced",
    "deltas_undone",
    "file_deleted",
    "file_version_added",
    "file_version_deleted",
    "file_version_restored",
    "job_cancelled",
    "job_failed",
    "job_finished",
    "member_removed",
    "ownership_transferred",
    "profile_sealed",
    "resource_registered",
    "resource_renamed",
    "resource_retired",
    "revision_staged",
    "secret_removed",
    "secret_set",
    "session_opened",
];

pub(super) async fn follow(
    app: App,
    mut cursor: Cursor,
    reached: watch::Sender<Position>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut pages = pin!(subscribe(Arc::clone(app.log()), cursor.position()));
    loop {
        let page = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            page = pages.next() => page,
        };
        let events = match page {
            Some(Ok(events)) => events,
            Some(Err(error)) => {
                tracing::warn!(%error, "policies wait for the log");
                continue;
            }
            None => return,
        };
        for recorded in &events {
            if !handle(&app, recorded, &mut stopped).await {
                return;
            }
            reached.send_replace(recorded.position);
        }
        let position = *reached.borrow();
        if let Err(error) = cursor.keep(position).await {
            tracing::warn!(%error, "how far the policies came was not kept; after a restart they look at more than they need to");
        }
    }
}

/// Until every policy has seen the event. `false`: stop.
async fn handle(app: &App, recorded: &RecordedEvent, stopped: &mut watch::Receiver<bool>) -> bool {
    if !OF_INTEREST.contains(&recorded.event_type.as_str()) {
        return !*stopped.borrow();
    }
    let mut pause = FIRST_PAUSE;
    loop {
        let Err(Later(why)) = attempt(app, recorded).await else { return !*stopped.borrow() };
        tracing::warn!(position = %recorded.position, why, "a policy waits and tries again");
        metrics::counter!("fieldlog_policy_retries_total").increment(1);
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return false,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn attempt(app: &App, recorded: &RecordedEvent) -> Result<(), Later> {
    let event = read(recorded)?;
    react(&Occasion::new(app, recorded, &event)).await
}
