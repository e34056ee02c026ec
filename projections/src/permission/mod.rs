//! What somebody may do with a resource, and why.
//!
//! The first matching rank decides, not the strongest role (QFieldCloud reference, section 5.1).

mod projector;
mod queries;
mod rows;
pub(crate) mod shelf;

pub use projector::PermissionProjector;
pub use rows::{Access, CollaboratorRow, RoleOf, RoleOrigin, Scope};
