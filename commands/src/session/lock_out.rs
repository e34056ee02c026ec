//! Stops whoever guesses passwords.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;

/// When guessing passwords is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockOutSettings {
    /// So many failures lock a name and address.
    pub failures: u32,
    /// For how long; failures older than this no longer count.
    pub duration: Duration,
    /// How many names and addresses are remembered.
    pub capacity: u64,
}

impl Default for LockOutSettings {
    fn default() -> Self {
        Self { failures: 5, duration: Duration::from_secs(30 * 60), capacity: 100_000 }
    }
}

type Key = (String, Option<IpAddr>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

/// Counts failed log-ins per name and address, in this process.
pub(crate) struct LockOut {
    settings: LockOutSettings,
    failures: Cache<Key, Failures>,
}

impl LockOut {
    pub(crate) fn new(settings: LockOutSettings) -> Self {
        Self { settings, failures: Cache::new(settings.capacity) }
    }

    /// How long the name is still locked for the address.
    pub(crate) fn remaining(&self, login: &str, ip: Option<IpAddr>, now: DateTime<Utc>) -> Option<Duration> {
        let failures = self.failures.get(&key(login, ip))?;
        if failures.count < self.settings.failures {
            return None;
        }
        (self.end(&failures) - now).to_std().ok().filter(|left| !left.is_zero())
    }

    /// Counts an attempt as failed before it is known how it ends, so that many at once cannot slip through.
    pub(crate) fn count(&self, login: &str, ip: Option<IpAddr>, now: DateTime<Utc>) {
        self.failures.entry(key(login, ip)).and_upsert_with(|known| {
            let before = known.map(|entry| entry.into_value()).filter(|failures| now < self.end(failures));
            Failures { count: before.map_or(0, |failures| failures.count) + 1, last: now }
        });
    }

    /// Forgets the failures: the right password came.
    pub(crate) fn reset(&self, login: &str, ip: Option<IpAddr>) {
        self.failures.invalidate(&key(login, ip));
    }

    fn end(&self, failures: &Failures) -> DateTime<Utc> {
        failures.last + TimeDelta::from_std(self.settings.duration).unwrap_or(TimeDelta::MAX)
    }
}

fn key(login: &str, ip: Option<IpAddr>) -> Key {
    (login.trim().to_lowercase(), ip)
}
