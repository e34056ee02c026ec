//! One suite, run against every engine.

mod append;
mod feed;
mod idempotence;
mod order;
mod processes;
mod reading;
mod snapshots;
mod subscription;
