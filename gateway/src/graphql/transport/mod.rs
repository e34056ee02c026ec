//! GraphQL over HTTP, over WebSockets (`graphql-transport-ws`) and over server-sent events.

pub mod accept;
pub mod http;
pub mod request;
pub mod sse;
pub mod websocket;
