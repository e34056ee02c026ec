//! Fieldlog's rules: aggregates, commands, events and refusals.
//!
//! Nothing here knows a clock, randomness or I/O: time, ids, digests and sizes arrive inside commands.
//!
//! | Stream | What it is |
//! |---|---|
//! | [`account`] | a person or an organization |
//! | [`session`] | one log-in: a token's digest, its client and its end |
//! | [`name_claim`] | a name taken by someone; the stream's id is the name |
//! | [`resource`] | the root concept: a project (later dataset, map, document, geoapp) |
//! | [`file`] | one path of a resource and its versions |
//! | [`change_set`] | one pushed delta file: edits made in the field |
//! | [`job`] | one piece of work for a QGIS container |
//! | [`secret`] | a value that only the containers of jobs get to see |

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod account;
mod aggregate;
pub mod change_set;
pub mod event;
pub mod file;
pub mod job;
pub mod name_claim;
pub mod provenance;
pub mod resource;
pub mod secret;
pub mod session;
pub mod shared;
pub mod stream;
pub mod upcast;

pub use event::Event;
pub use shared::{
    digest::{Md5Digest, Sha256Digest},
    ids::*,
    sealed::Sealed,
};
pub use stream::{StreamId, StreamKind};
