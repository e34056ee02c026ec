//! Files and their versions, and which blobs are still needed.

mod blobs;
mod projector;
mod queries;
mod rows;
mod versions;

pub use projector::FileProjector;
pub use rows::{FileRow, VersionRow};
