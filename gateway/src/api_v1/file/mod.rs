//! Files and their versions (section 3.5).

pub mod delete;
pub mod download;
pub mod list;
pub mod upload;
