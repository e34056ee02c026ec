//! Follows the log and runs QGIS containers.
//!
//! ```text
//! JobRequested ─▶ queue: claim ─▶ run: stage, start, follow, collect, record, clean up ─▶ JobFinished / JobFailed
//! ```
//!
//! | Part | What it knows |
//! |---|---|
//! | `queue` | which job is next, whose lease has run out; knows no job by name |
//! | `run` | one attempt at one job, from the claim to its end, whichever process begins or goes on with it |
//! | `warm` | containers that wait for a job with QGIS started |
//! | `staging` | the folder that a job shares with its container |
//! | `job_api` | the same for containers that fetch files and bring results over HTTP |
//! | `jobs` | what runs in the container for each kind of job, and what its end means |
//! | [`containers`] | the port to a container engine, Docker, and a scripted fake |
//!
//! The log decides who has a job: everything said here carries the attempt, and an attempt that lost its lease is refused.
//! So a worker may be killed at any moment, and two workers never both end a job (`docs/adr/0009-leases-and-fencing.md`).

pub mod containers;
mod context;
mod engine;
mod identity;
mod job_api;
mod jobs;
mod log_lines;
mod memory;
mod options;
mod queue;
mod redaction;
mod run;
mod staging;
mod status;
mod steps;
mod sweeper;
mod warm;
mod worker;

pub use identity::IdentityError;
pub use options::{JobApiOptions, ProgressPace, WorkerOptions};
pub use status::{EngineState, WorkerStatus};
pub use worker::{PauseSwitch, StartError, Worker, WorkerHandle};
