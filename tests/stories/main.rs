//! Stories over the public API: the real `fieldlog` program as child processes, told as its users see it.
//!
//! Modules are named after what their stories need (`docker`, `processes`), so that `--profile fast` leaves those out.
#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod docker;
mod eventstoredb;
mod grids;
mod jobs;
mod processes;
mod settings;
mod support;
