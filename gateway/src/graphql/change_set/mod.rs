//! Edits that devices pushed, and what people decide about them. What one is: [`crate::graphql::resource::delta`].

pub mod columns;
pub mod conflict;
pub mod mutations;
pub mod resolve;
pub mod taken_back;
pub mod undo;
