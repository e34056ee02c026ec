//! Every use case on an in-process cloud: works, is refused, twice is nothing; races, crashes and outages.
#![allow(clippy::unwrap_used, missing_docs)]

mod accounts;
mod change_sets;
mod claims;
mod cloud;
mod dispatch;
mod faulty_log;
mod files;
mod job_logs;
mod jobs;
mod outages;
mod permissions;
mod plans;
mod policies;
mod project_settings;
mod projects;
mod sealing;
mod secrets;
mod sessions;
