//! Times of many calls.

use std::time::Duration;

/// Times of many calls, sorted.
pub struct Latencies(Vec<Duration>);

impl FromIterator<Duration> for Latencies {
    fn from_iter<T: IntoIterator<Item = Duration>>(times: T) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Latencies {
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// So much of one hundred of the calls took at most this.
    pub fn percentile(&self, percent: f64) -> Duration {
        let place = (self.0.len() as f64 * percent / 100.0).ceil() as usize;
        self.0.get(place.max(1) - 1).copied().unwrap_or_default()
    }

    pub fn p50(&self) -> Duration {
        self.percentile(50.0)
    }

    pub fn worst(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

/// In milliseconds, as a table shows it.
pub fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}
