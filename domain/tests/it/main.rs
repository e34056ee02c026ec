//! The rules of Fieldlog, told as: given these events, when this is asked, then this happens.
#![allow(clippy::unwrap_used, missing_docs)]

mod account;
mod build;
mod catalogue;
mod change_set;
mod change_set_answers;
mod change_set_taken_back;
mod event;
mod file;
mod job;
mod lineage;
mod name_claim;
mod provenance;
mod replay;
mod resource;
mod samples;
mod secret;
mod session;
mod sittings;
mod values;
mod wire;
