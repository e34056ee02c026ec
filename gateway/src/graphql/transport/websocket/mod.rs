//! Subscriptions, queries and mutations over a WebSocket, by the book of `graphql-transport-ws`.
//!
//! async-graphql's own implementation answers requests that were not executed with `next`, tells `complete` back to whoever
//! said it, accepts an id twice, waits for ever for `connection_init`, and leaves it to the client to find out that the
//! other side is gone. Hence this one.

mod connection;
mod message;

use axum::extract::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::Problem;
use connection::Connection;

/// The name of the protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// Turns a request into a WebSocket.
pub fn upgrade(
    gateway: Gateway,
    caller: Caller,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let limit = gateway.options().streams.message_bytes;
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    if upgrade.selected_protocol().is_none() {
        let message = format!("expected the WebSocket protocol {PROTOCOL}");
        return Err(Problem::bad_request("unsupported_websocket_protocol", message));
    }
    let place = gateway.stream_place().ok_or_else(|| {
        Problem::unavailable("the server has as many open streams as it can have; please try again later")
    })?;
    let streams = gateway.streams().clone();
    let response = upgrade.on_upgrade(move |socket| {
        streams.track_future(async move {
            Connection::new(gateway, caller, headers, socket).run().await;
            drop(place);
        })
    });
    Ok(response.into_response())
}
