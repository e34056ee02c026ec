//! What jobs leave behind, over HTTP.

pub mod log;
pub mod output;
