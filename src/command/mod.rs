//! One file per subcommand.

pub mod account;
pub mod doctor;
pub mod events;
pub mod rebuild;
pub mod replay;
pub mod serve;
