//! Where `recorded_at` comes from.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Tells the time. Tests put their own in.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Arc::new(Utc::now)
}
