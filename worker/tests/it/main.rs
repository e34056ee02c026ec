//! The worker, with a scripted engine and with a real one.

#![allow(clippy::unwrap_used, missing_docs)]

mod cancelling;
mod chaos;
mod claims;
mod clocks;
mod cloud;
mod commits;
mod crashes;
mod docker_engine;
mod docker_jobs;
mod docker_killed;
mod docker_port;
mod docker_reach;
mod endings;
mod field_day;
mod hooks;
mod job_api;
mod keys;
mod leaving_nothing;
mod live_lines;
mod outages;
mod own_docker;
mod progress;
mod script;
mod secrets;
mod staging;
mod stumbles;
mod warm;
