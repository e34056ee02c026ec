//! The gateway through its front door: a real server on a real port.
#![allow(clippy::unwrap_used, missing_docs)]

mod audits;
mod credentials;
mod event_streams;
mod faulty_log;
mod files;
mod graphql;
mod guards;
mod health;
mod history;
mod jobs;
mod limits;
mod outages;
mod schema;
mod server;
mod shutdown;
mod websocket;
