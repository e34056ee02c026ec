//! Persons, organizations with their members and teams, and what an account has of the server (section 3.2 and 3.4).

pub mod confirmation;
pub mod members;
pub mod names;
pub mod subscriptions;
pub mod teams;
pub mod users;
