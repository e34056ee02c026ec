//! Plans: what accounts may use of the server. They are in its configuration; the log tells which account is on which.
//!
//! Without any in the configuration there is one plan, which allows everything that the other settings allow.

mod owner;
mod plans;
mod refusals;
mod set_subscription;
mod subscription;

pub use owner::{check_owner_allows_jobs, check_role_counts, job_reaches_servers};
pub(crate) use owner::{check_room_for_project, room_of};
pub use plans::{BadPlans, Plan, Plans, UNCONFIGURED};
pub use refusals::{NoRoom, OwnerRefusal, UnknownPlan};
pub use set_subscription::{SetSubscription, set_subscription};
pub use subscription::Subscription;
