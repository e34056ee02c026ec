//! One file per subcommand.

pub mod account;
pub mod doctor;
pub mod events;
pub mod grids;
pub mod jobs;
pub mod log;
pub mod rebuild;
pub mod replay;
pub mod serve;
