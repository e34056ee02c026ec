//! One path of a resource and its versions. The bytes lie in object storage under their SHA-256.

mod aggregate;
mod commands;
mod error;
mod events;
mod lineage;
mod set;
mod sittings;

pub use aggregate::{File, KnownVersion};
pub use commands::*;
pub use error::FileRefusal;
pub use events::{FileEvent, SetAside, VersionSource};
pub use lineage::{Ancestor, Ancestry, Lineage, Remains};
pub use set::Part;
pub use sittings::{By, Held, LONGEST_PAUSE, Sittings, Step};
