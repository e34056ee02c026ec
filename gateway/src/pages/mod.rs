//! Pages that field clients link to. Plain HTML, without scripts and without anything from elsewhere.

pub mod api;
mod curl;
pub mod edits;
pub mod index;
pub mod layout;
pub mod password_reset;
pub mod project;
pub mod sign_up;
