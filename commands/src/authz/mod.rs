//! Who may do what.
//!
//! [`rules`] is the one permission table; `docs/permissions.txt` is printed from it. What somebody may not see looks as if it
//! were not there; they are told that they may not do something only where they can see it.

mod action;
mod authorise;
pub mod matrix;
pub mod rules;
mod standing;

pub use action::{Action, OrganizationAction, PersonAction, ResourceAction, ServerAction};
pub use authorise::{Denied, Granted};
pub use rules::Verdict;
pub use standing::{OrganizationStanding, PersonStanding, ResourceStanding, ServerStanding};
