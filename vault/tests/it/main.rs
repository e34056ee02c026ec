//! The vault over SQLite and over a real PostgreSQL.
#![allow(clippy::unwrap_used, missing_docs)]

mod homes;
mod master_key;
mod postgres;
mod processes;
mod promises;
mod sqlite;
mod urls;
