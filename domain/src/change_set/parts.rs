//! Cuts long lists into portions that fit into one event each.

use serde::Serialize;

/// The most edits in one event.
pub const MAX_DELTAS: usize = 500;
/// About the most bytes of the edits in one event: every log takes that.
const MAX_BYTES: usize = 256 * 1024;

/// The items in portions, in their order; one that is large by itself has a portion of its own.
pub(super) fn in_parts<T: Serialize>(items: Vec<T>) -> Vec<Vec<T>> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = serde_json::to_vec(&item).map_or(0, |json| json.len());
        match parts.last_mut() {
            Some(part) if part.len() < MAX_DELTAS && bytes + size <= MAX_BYTES => {
                bytes += size;
                part.push(item);
            }
            Some(_) | None => {
                bytes = size;
                parts.push(vec![item]);
            }
        }
    }
    parts
}
