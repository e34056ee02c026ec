//! The gateway: Fieldlog over HTTP.
//!
//! | Where | What |
//! |---|---|
//! | [`routes`] | every route with its guard: the table of contents |
//! | [`graphql`] | everything that can be read, changed and followed |
//! | `api_v1` | the contract of QFieldCloud, for QField, QFieldSync and the SDK |
//! | [`files`], [`jobs`], [`resources`], [`accounts`] | bytes: up, down, pictures, logs |
//! | [`http`] | what every answer has in common: who asks, request ids, limits, the shape of errors |
//! | [`pages`] | what a person sees who opens the address in a browser |
//! | [`mail`] | what is sent to people, in the background |
//! | [`health`], [`metrics`] | how the server is |
//!
//! It translates: request → use case → wait for the read model → question → answer. Rules are in `domain` and `commands`.
//!
//! ```no_run
//! # async fn run(app: fieldlog_commands::App) -> std::io::Result<()> {
//! use fieldlog_gateway::{Gateway, GatewayOptions};
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! let gateway = Gateway::new(app, GatewayOptions::default());
//! gateway.serve(listener, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
//! # Ok(())
//! # }
//! ```

pub mod accounts;
mod api_v1;
pub mod files;
mod gateway;
pub mod graphql;
pub mod health;
pub mod http;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod options;
pub mod pages;
pub mod resources;
pub mod routes;
mod serve;

pub use gateway::Gateway;
pub use http::client_ip::Network;
pub use mail::{MailOptions, MailServer, Sender};
pub use options::{Downloads, GatewayOptions, GraphqlLimits, Rate, StreamLimits};
