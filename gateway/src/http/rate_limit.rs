//! So many attempts of one address in a while.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;
use parking_lot::Mutex;

use crate::options::Rate;

/// Counts attempts per address; a bucket that fills again with time. Bounded: the least used addresses are forgotten.
#[derive(Clone)]
pub struct RateLimit {
    rate: Rate,
    buckets: Cache<IpAddr, Arc<Mutex<Bucket>>>,
}

struct Bucket {
    left: f64,
    filled_at: Instant,
}

impl RateLimit {
    /// A limit of this rate.
    pub fn new(rate: Rate) -> Self {
        let buckets = Cache::builder().max_capacity(100_000).time_to_idle(rate.per * 2).build();
        Self { rate, buckets }
    }

    /// Takes one attempt, or says how long to wait for the next.
    pub fn take(&self, address: IpAddr) -> Result<(), Duration> {
        self.take_at(network_of(address), Instant::now())
    }

    fn take_at(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let full = f64::from(self.rate.burst);
        let per_second = full / self.rate.per.as_secs_f64();
        let bucket = self.buckets.get_with(address, || Arc::new(Mutex::new(Bucket { left: full, filled_at: now })));
        let mut bucket = bucket.lock();
        let elapsed = now.saturating_duration_since(bucket.filled_at).as_secs_f64();
        bucket.left = (bucket.left + elapsed * per_second).min(full);
        bucket.filled_at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// One household has a whole /64 of IPv6 addresses to choose from, so they count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn after_the_burst_one_has_to_wait_and_others_have_not() {
        let limit = RateLimit::new(Rate { burst: 2, per: Duration::from_secs(10) });
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let now = Instant::now();
        limit.take_at(one, now).unwrap();
        limit.take_at(one, now).unwrap();
        assert_eq!(limit.take_at(one, now).unwrap_err(), Duration::from_secs(5));
        limit.take_at(other, now).unwrap();
        limit.take_at(one, now + Duration::from_secs(5)).unwrap();
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        assert_eq!(network_of("2001:db8::1".parse().unwrap()), network_of("2001:db8::ffff".parse().unwrap()));
        assert_ne!(network_of("2001:db8:0:1::1".parse().unwrap()), network_of("2001:db8::1".parse().unwrap()));
    }
}
