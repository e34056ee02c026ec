//! The hint that wakes readers.

use tokio::sync::watch;

use crate::recorded::Position;

/// Moves the hint forward, never back, and wakes readers only when it moved.
pub(crate) fn advance(head: &watch::Sender<Position>, to: Position) {
    head.send_if_modified(|head| {
        let moves = to > *head;
        *head = to.max(*head);
        moves
    });
}
