//! What every engine promises, and what each does when its surroundings fail.
#![allow(clippy::unwrap_used, missing_docs)]

mod build;
mod child;
mod conformance;
mod copying;
mod engine;
mod eventstoredb;
mod model;
mod postgres;
mod repository;
mod server;
mod sqlite;
mod url;
