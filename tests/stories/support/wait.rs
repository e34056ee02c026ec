//! Waiting for something to become so, never for time to pass.

use std::time::{Duration, Instant};

/// What QGIS, containers and servers may take on a machine that has other things to do.
pub const LONG: Duration = Duration::from_secs(240);
/// What anything else may take.
pub const SHORT: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
pub async fn until<T>(what: &str, within: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < within, "waited {} s in vain: {what}", within.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
