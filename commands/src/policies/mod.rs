//! What Fieldlog does by itself when something happened.

use std::path::Path;

use fieldlog_eventlog::Position;

use crate::App;

/// The policies, running. They follow the log from where they were when they stopped.
pub struct Policies {}

impl Policies {
    /// Starts all policies; `dir` is where they keep how far they came. Safe in several processes.
    pub async fn start(app: &App, dir: &Path) -> std::io::Result<Self> {
        todo!("{:?}", (app.now(), dir))
    }

    /// The last event that every policy has seen.
    pub fn position(&self) -> Position {
        todo!()
    }

    /// Stops after the event that is being handled.
    pub async fn shutdown(self) {
        todo!()
    }
}
