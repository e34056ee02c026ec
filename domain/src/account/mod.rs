//! A person or an organization.
//!
//! A person logs in and owns resources. An organization owns resources too; its members act for it, in teams or alone.
//! Mail, names and the password hash are sealed; only the account name is public.

mod aggregate;
mod commands;
mod error;
mod events;
mod subscription;

pub use aggregate::Account;
pub use commands::*;
pub use error::AccountRefusal;
pub use events::{AccountEvent, AccountKind, Avatar, MemberRole};
pub use subscription::{BadPlanCode, NotAStatus, PlanCode, SubscriptionStatus};
