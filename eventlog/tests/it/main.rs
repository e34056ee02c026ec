#![allow(clippy::unwrap_used, missing_docs)]
//! What every engine promises, and what each does when its surroundings fail.

mod build;
mod sqlite_basics;
