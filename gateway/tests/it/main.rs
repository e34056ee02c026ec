//! The gateway through its front door: a real server on a real port.
#![allow(clippy::unwrap_used, missing_docs)]

mod api_v1;
mod audits;
mod avatars;
mod bad_input;
mod credentials;
mod edits;
mod event_streams;
#[allow(dead_code, reason = "here it only goes away and comes back")]
#[path = "../../../commands/tests/it/faulty_log.rs"]
mod faulty_log;
mod files;
mod graphql;
mod guards;
mod health;
mod history;
mod jobs;
mod limits;
mod nginx;
mod openapi;
mod outages;
mod packages;
mod pages;
mod schema;
mod secrets;
mod server;
mod shutdown;
mod smtp;
mod smtp_server;
mod websocket;
