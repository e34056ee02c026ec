//! Persons and organizations, their members and teams. Mail, names and password hashes stay sealed here too.

mod projector;
mod queries;
mod rows;

pub use projector::AccountProjector;
pub use rows::{AccountRow, AvatarRow, MemberRow, Membership, OrganizationOf, SubscriptionRow, TeamMemberRow, TeamRow};
