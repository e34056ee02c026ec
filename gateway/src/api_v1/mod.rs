//! `/api/v1/`: the contract of QFieldCloud, so that QField, QFieldSync and `qfieldcloud-sdk` work unmodified.
//!
//! Same use cases and queries as GraphQL; this folder only knows how the clients write and read. Numbers in comments are sections
//! of the QFieldCloud reference.

mod account;
mod change_set;
mod dialect;
mod fields;
mod file;
mod job;
mod kept;
mod openapi;
mod origin;
mod package;
mod paging;
mod project;
mod query;
mod routes;
mod server;
mod session;
mod slash;
mod time;
mod whole;

pub(crate) use dialect::{forbidden, hide_less};
pub use kept::KeptAnswers;
pub(crate) use openapi::{document, served};
pub(crate) use routes::add;
pub(crate) use slash::without_last_slash;
