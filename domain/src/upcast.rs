//! Brings events of earlier shapes to today's shape, one step after another.

use serde_json::Value;

/// One step: events of this type and version become events of the next version.
struct Upcaster {
    event_type: &'static str,
    from: &'static str,
    to: &'static str,
    step: fn(Value) -> Value,
}

/// All steps there are, oldest first. Every event still has its first shape.
const UPCASTERS: &[Upcaster] = &[];

/// Whether an event of this type and version has to be brought to today's shape.
pub fn needed(event_type: &str, event_version: &str) -> bool {
    UPCASTERS.iter().any(|step| step.event_type == event_type && step.from == event_version)
}

/// Brings a payload to today's shape; the version it has then comes with it.
pub fn apply<'a>(event_type: &str, event_version: &'a str, payload: Value) -> (&'a str, Value) {
    UPCASTERS.iter().filter(|step| step.event_type == event_type).fold(
        (event_version, payload),
        |(version, payload), upcaster| match upcaster.from == version {
            true => (upcaster.to, (upcaster.step)(payload)),
            false => (version, payload),
        },
    )
}
