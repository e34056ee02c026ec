//! Tells a run that somebody else has the say now.

use std::sync::Arc;

use tokio::sync::watch;

/// Why a run stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nobody wants the job any more.
    Cancelled,
    /// The attempt no longer has the job.
    LeaseLost,
}

/// One run's stop, seen by all of its parts. The first reason stands.
#[derive(Clone)]
pub(crate) struct StopHandle(Arc<watch::Sender<Option<Stop>>>);

impl StopHandle {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    pub(crate) fn stop(&self, why: Stop) {
        self.0.send_if_modified(|stop| {
            let is_first = stop.is_none();
            stop.get_or_insert(why);
            is_first
        });
    }

    /// Whether it was stopped.
    pub(crate) fn now(&self) -> Option<Stop> {
        *self.0.borrow()
    }

    /// Waits until it is stopped.
    pub(crate) async fn requested(&self) -> Stop {
        let mut stops = self.0.subscribe();
        let stopped = stops.wait_for(Option::is_some).await.expect("the sender is held by this handle");
        stopped.expect("that was waited for")
    }

    /// Does something that may be given up at any point, unless and until it is stopped.
    pub(crate) async fn unless<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        tokio::select! {
            biased;
            why = self.requested() => Err(why),
            done = work => Ok(done),
        }
    }
}
