//! Log-ins: whose token is this, and is it worth anything.

mod projector;
mod queries;
mod rows;

pub use projector::SessionProjector;
pub use rows::SessionRow;
