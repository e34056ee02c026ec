//! Catch up, then live: one seam for all engines.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use tokio::sync::watch;

use crate::port::{EventLog, LogError};
use crate::recorded::{Position, RecordedEvent};

const PAGE: usize = 4_096;
/// The wake-up is a hint that may get lost between processes; this bounds what that costs.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Every event after `after`, in order and each once, in pages that are never empty; it waits for more and never ends.
///
/// A read that fails is one `Err`; whoever polls on gets the same page again after a pause that grows.
pub fn subscribe(
    log: Arc<dyn EventLog>,
    after: Position,
) -> impl Stream<Item = Result<Vec<RecordedEvent>, LogError>> + Send {
    let changes = log.changes();
    let follower = Follower { log, after, changes, pause: Duration::ZERO };
    futures::stream::unfold(follower, |mut follower| async move { Some((follower.next().await, follower)) })
}

struct Follower {
    log: Arc<dyn EventLog>,
    after: Position,
    changes: watch::Receiver<Position>,
    pause: Duration,
}

impl Follower {
    async fn next(&mut self) -> Result<Vec<RecordedEvent>, LogError> {
        tokio::time::sleep(self.pause).await;
        loop {
            // Before the read: a change that comes during it wakes the wait below.
            self.changes.mark_unchanged();
            let page = match self.log.read_feed(self.after, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                    return Err(error);
                }
            };
            self.pause = Duration::ZERO;
            if let Some(last) = page.last() {
                self.after = last.position;
                return Ok(page);
            }
            // A log without a sender of hints is only looked at now and then.
            if let Ok(Err(_)) = tokio::time::timeout(LOOK_ANYWAY, self.changes.changed()).await {
                tokio::time::sleep(LOOK_ANYWAY).await;
            }
        }
    }
}
