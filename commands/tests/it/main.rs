//! Every use case on an in-process cloud: works, is refused, twice is nothing; races, crashes and outages.
#![allow(clippy::unwrap_used, missing_docs)]

mod accounts;
mod applying;
mod avatars;
mod change_sets;
mod claims;
mod cloud;
mod creating;
mod dispatch;
mod faulty_log;
mod files;
mod job_logs;
mod jobs;
mod outages;
mod packaging;
mod password_resets;
mod permissions;
mod plans;
mod policies;
mod processing;
mod project_settings;
mod projects;
mod sealing;
mod secrets;
mod sessions;
