//! Which secrets are there, and which of them a job may see. Their values stay sealed here too.

mod projector;
mod queries;
mod rows;

pub use projector::SecretProjector;
pub use rows::SecretRow;
