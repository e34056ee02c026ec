//! What scripted containers do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// What a scripted container does next.
#[derive(Clone)]
pub enum Act {
    /// Prints a line.
    Print(String),
    /// Leaves a file in its job directory.
    Leave(&'static str, Vec<u8>),
    /// Does anything to its job directory.
    Do(Arc<dyn Fn(&Path) + Send + Sync>),
    /// Takes this long.
    Take(Duration),
    /// Waits until the gate is open.
    Hold(Gate),
    /// Ends.
    End {
        /// With this exit code.
        code: i64,
        /// Having wanted too much memory.
        out_of_memory: bool,
    },
}

/// Something a test opens when the time has come.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    /// A closed gate.
    pub fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Opens it for good.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn passed(&self) {
        // The sender is held by this very gate.
        let _ = self.0.subscribe().wait_for(|is_open| *is_open).await;
    }
}
