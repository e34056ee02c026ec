//! Times as the clients read them.

use chrono::{DateTime, SecondsFormat, Utc};

/// ISO 8601 with microseconds, UTC.
pub fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// `DD.MM.YYYY HH:MM:SS UTC` (section 3.5).
pub fn last_modified(time: DateTime<Utc>) -> String {
    time.format("%d.%m.%Y %H:%M:%S UTC").to_string()
}

/// The name of a version for people: `v20260821091502`.
pub fn display(time: DateTime<Utc>) -> String {
    time.format("v%Y%m%d%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_as_the_contract_wants() {
        let time = DateTime::from_timestamp_micros(1_755_767_702_100_000).unwrap_or_default();
        assert_eq!(iso(time), "2025-08-21T09:15:02.100000Z");
        assert_eq!(last_modified(time), "21.08.2025 09:15:02 UTC");
        assert_eq!(display(time), "v20250821091502");
    }
}
