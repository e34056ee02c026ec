//! Subscriptions over a WebSocket, by the `graphql-transport-ws` protocol.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::client::Client;
use super::wait::LONG;

/// One subscription on a connection of its own.
pub struct Subscription {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Subscription {
    pub async fn start(client: &Client, query: &str, variables: Value) -> Self {
        let mut request = format!("{}/graphql", client.url().replacen("http", "ws", 1)).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (socket, _) = connect_async(request).await.unwrap();
        let mut subscription = Self { socket };
        let token = client.token.as_ref().map(|token| format!("Token {token}"));
        subscription.send(json!({ "type": "connection_init", "payload": { "Authorization": token } })).await;
        assert_eq!(subscription.receive().await["type"], "connection_ack");
        let payload = json!({ "query": query, "variables": variables });
        subscription.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        subscription
    }

    /// The data of the next answer; none when the subscription is complete.
    pub async fn next(&mut self) -> Option<Value> {
        let message = self.receive().await;
        match message["type"].as_str() {
            Some("next") => {
                assert!(message["payload"]["errors"].is_null(), "{message}");
                Some(message["payload"]["data"].clone())
            }
            Some("complete") => None,
            _ => panic!("expected next or complete, found {message}"),
        }
    }

    /// Everything until the subscription is complete.
    pub async fn rest(mut self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Some(data) = self.next().await {
            all.push(data);
        }
        all
    }

    async fn send(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(LONG, self.socket.next()).await.expect("a message within the deadline");
            match message.expect("the socket is open").unwrap() {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    match message["type"].as_str() {
                        Some("ping") => self.send(json!({ "type": "pong" })).await,
                        Some("pong") => {}
                        _ => return message,
                    }
                }
                Message::Close(frame) => panic!("the server closed the socket: {frame:?}"),
                _ => {}
            }
        }
    }
}
