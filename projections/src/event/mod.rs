//! What happened, to what, when: where in the log an event is. Its payload is read from the log itself.

mod projector;
mod queries;
mod rows;

pub use projector::EventProjector;
pub use queries::{ListEvents, Order};
pub use rows::EventRow;
