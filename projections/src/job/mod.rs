//! Jobs: how one is, which one is next, when to look again.

mod projector;
mod queries;
mod queue;
mod rows;

pub use projector::JobProjector;
pub use queries::ListJobs;
pub use rows::JobRow;
