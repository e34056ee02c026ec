//! What no engine takes, so that every engine refuses the same.

use std::collections::HashSet;

use fieldlog_domain::StreamId;
use serde::de::IgnoredAny;

use crate::port::LogError;
use crate::recorded::NewEvent;

const MAX_NAME_BYTES: usize = 512;

/// PostgreSQL's event repository binds sequences as 32-bit integers.
const MAX_SEQUENCE: u64 = i32::MAX as u64;

/// Refuses an append that no engine could store or give back as it was.
pub(crate) fn admit(stream: &StreamId, expected: u64, events: &[NewEvent]) -> Result<(), LogError> {
    name("stream id", &stream.id)?;
    if events.is_empty() {
        return Err(refuse(format!("an append to {stream} without an event, expected at least one")));
    }
    if expected + events.len() as u64 > MAX_SEQUENCE {
        return Err(refuse(format!(
            "sequence {} of {stream}, expected at most {MAX_SEQUENCE}",
            expected + events.len() as u64
        )));
    }
    let mut ids = HashSet::with_capacity(events.len());
    for event in events {
        name("event type", &event.event_type)?;
        name("event version", &event.event_version)?;
        serde_json::from_str::<IgnoredAny>(&event.payload)
            .map_err(|error| refuse(format!("payload of {} for {stream}, expected JSON: {error}", event.event_type)))?;
        if events.len() > 1 && !ids.insert(event.event_id) {
            return Err(refuse(format!("event id {} twice in one append to {stream}", event.event_id)));
        }
    }
    Ok(())
}

/// An event id that names another event already.
pub(crate) fn id_is_taken(what: &str, stream: &StreamId) -> LogError {
    refuse(format!("{what} for {stream}: its id, or the id of an event after it, already names another event"))
}

fn name(what: &str, text: &str) -> Result<(), LogError> {
    if text.is_empty() || text.len() > MAX_NAME_BYTES || text.contains('\0') {
        return Err(refuse(format!(
            "{what} {:?} of {} bytes, expected 1 to {MAX_NAME_BYTES} bytes without NUL",
            head(text),
            text.len()
        )));
    }
    Ok(())
}

fn head(text: &str) -> String {
    text.chars().take(40).collect()
}

fn refuse(found: String) -> LogError {
    LogError::Damaged(format!("it does not take {found}"))
}
