//! Everything that can be read, changed and followed, as one graph.
//!
//! - Every object has a global [`id`](global_id), every list is a [connection](pages) with keyset cursors.
//! - A [reading](reading) is one consistent state of the read model, live or as of an earlier moment; objects answer from the
//!   reading they came from, so `asOf` on a root field holds for everything below it.
//! - Mutations answer with unions of [outcomes](outcome): a refusal is data with a name; only surprises are errors.

#[macro_use]
mod outcome;

pub mod account;
pub mod as_of;
pub mod change_set;
pub mod context;
pub mod enums;
pub mod event;
pub mod execute;
pub mod failure;
pub mod file;
pub mod global_id;
pub mod job;
pub mod limits;
pub mod loader;
pub mod mutate;
pub mod node;
pub mod organization;
pub mod pages;
pub mod project;
pub mod reading;
pub mod refusal;
pub mod resource;
pub mod scalars;
pub mod schema;
pub mod secret;
pub mod server;
pub mod session;
pub mod team;
pub mod transport;
