//! Stops whoever guesses passwords.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::ops::compute::Op;
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

    /// Lets somebody try, or says how long they have to wait.
    ///
    /// The attempt counts as failed at once, so that many at the same time cannot slip through; the right password resets it.
    pub(crate) fn admit(&self, login: &str, ip: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut locked_for = None;
        self.failures.entry(key(login, ip)).and_upsert_with(|known| {
            let recent = known.map(|entry| entry.into_value()).filter(|failures| now < self.end(failures));
            match recent {
                Some(failures) if failures.count >= self.settings.failures => {
                    locked_for = (self.end(&failures) - now).to_std().ok();
                    failures
                }
                Some(failures) => Failures { count: failures.count + 1, last: now },
                None => Failures { count: 1, last: now },
            }
        });
        locked_for.map_or(Ok(()), Err)
    }

    /// Takes an attempt back that ended without an answer.
    pub(crate) fn take_back(&self, login: &str, ip: Option<IpAddr>) {
        self.failures.entry(key(login, ip)).and_compute_with(|known| match known.map(|entry| entry.into_value()) {
            Some(failures) if failures.count > 1 => Op::Put(Failures { count: failures.count - 1, ..failures }),
            Some(_) => Op::Remove,
            None => Op::Nop,
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
