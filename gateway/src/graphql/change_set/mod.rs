//! Edits that devices pushed. What one is: [`crate::graphql::resource::delta`].

pub mod mutations;
