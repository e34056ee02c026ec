//! Changing projects and who works on them.

pub mod collaborators;
pub mod mutations;
pub mod settings;
