//! Projects with everything that field clients want to know of them in a list. Folded by other projections; asked for here.

mod queries;
mod rows;

pub use rows::{ListProjects, ProjectKey, ProjectRow};
