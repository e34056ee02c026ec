//! Resources: what they are, what QGIS found in them, and how their revisions fared.
//!
//! What somebody may do with one is [`crate::permission`].

mod listing;
mod projector;
mod queries;
mod revisions;
mod rows;
mod search;

pub use listing::ListResources;
pub use projector::ResourceProjector;
pub use rows::{ResourceRow, RevisionRow};
pub use search::SearchResources;
