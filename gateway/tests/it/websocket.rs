//! `graphql-transport-ws` by the book.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::server::{PATIENCE, Person, Server};

/// A client's end of a WebSocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connected, without a word.
    pub async fn connect(server: &Server, protocol: &'static str) -> Result<Self, Error> {
        let mut request = server.url("/graphql").replace("http", "ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        connect_async(request).await.map(|(socket, _)| Self(socket))
    }

    /// Connected and known.
    pub async fn open(server: &Server, who: &Person) -> Self {
        let mut socket = Self::connect(server, "graphql-transport-ws").await.unwrap();
        socket
            .say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", who.token) } }))
            .await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    async fn message(&mut self) -> Message {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a message in time");
            match message.expect("the socket is open").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    pub async fn hear(&mut self) -> Value {
        match self.message().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("expected a text, found {other:?}"),
        }
    }

    pub async fn closed(&mut self) -> (u16, String) {
        match self.message().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("expected a close frame, found {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_subscription_gets_events_until_it_is_completed() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let mut socket = Socket::open(&server, &ana).await;
    socket.subscribe("1", &format!("subscription {{ events(after: \"0\", resource: \"{id}\") {{ type }} }}")).await;
    assert_eq!(socket.hear().await["payload"]["data"]["events"]["type"], "name_claimed");
    let next = socket.hear().await;
    assert_eq!((&next["type"], &next["id"]), (&json!("next"), &json!("1")));
    assert_eq!(next["payload"]["data"]["events"]["type"], "resource_registered");
    server.make_public(&ana, &id).await;
    assert_eq!(socket.hear().await["payload"]["data"]["events"]["type"], "visibility_changed");
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    server.upload(&ana, &id, "a.txt", "x").await;
    // Nothing more is said of it: the answer to a question asked later comes next.
    socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}

#[tokio::test]
async fn queries_and_mutations_are_answered_too_and_mistakes_are_errors() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let mut socket = Socket::open(&server, &ana).await;
    socket.subscribe("q", "{ viewer { name } }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["name"], "ana");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "q" }));
    // The id is free again.
    socket.subscribe("q", "mutation { createProject(input: {name: \"bees\"}) { __typename } }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["createProject"]["__typename"], "ProjectCreated");
    assert_eq!(socket.hear().await["type"], "complete");
    for (query, code) in [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { a: events { type } b: events { type } }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.subscribe("e", query).await;
        let error = socket.hear().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("e")), "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code);
    }
    socket
        .subscribe("f", &format!("subscription {{ events(resource: \"{}\") {{ type }} }}", uuid::Uuid::new_v4()))
        .await;
    assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_told_and_cut_off() {
    let server = Server::with(|options, _| {
        options.streams.init_timeout = Duration::from_millis(300);
        options.streams.message_bytes = 10_000;
    })
    .await;
    let ana = server.person("ana").await;
    let new = || async { Socket::connect(&server, "graphql-transport-ws").await.unwrap() };

    let mut socket = new().await;
    socket.subscribe("1", "{ position }").await;
    assert_eq!(socket.closed().await.0, 4401);
    let mut socket = new().await;
    assert_eq!(socket.closed().await.0, 4408);
    let mut socket = new().await;
    socket.say(json!({ "type": "connection_init", "payload": { "token": "nonsense" } })).await;
    assert_eq!(socket.closed().await.0, 4403);
    let mut socket = Socket::open(&server, &ana).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await.0, 4429);
    let mut socket = Socket::open(&server, &ana).await;
    socket.say(json!({ "type": "start" })).await;
    assert_eq!(socket.closed().await.0, 4400);
    let mut socket = Socket::open(&server, &ana).await;
    let never = "subscription { jobLog(id: \"x\") { text } }";
    let id = server.project(&ana, "bees").await;
    let forever = format!("subscription {{ events(resource: \"{id}\") {{ type }} }}");
    socket.subscribe("1", &forever).await;
    socket.subscribe("1", never).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for 1 already exists".into()));
    let mut socket = Socket::open(&server, &ana).await;
    socket.subscribe("1", &"#".repeat(20_000)).await;
    assert!(matches!(socket.closed().await.0, 1002 | 1009));
    let refused = Socket::connect(&server, "graphql-ws").await.err().unwrap();
    assert!(matches!(refused, Error::Http(response) if response.status() == 400));
}

#[tokio::test]
async fn a_socket_holds_so_many_subscriptions_and_the_server_so_many_sockets() {
    let server = Server::with(|options, _| {
        options.streams.subscriptions = 2;
        options.streams.connections = 1;
    })
    .await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let mut socket = Socket::open(&server, &ana).await;
    for n in ["1", "2", "3"] {
        socket.subscribe(n, &format!("subscription {{ events(resource: \"{id}\") {{ type }} }}")).await;
    }
    let error = socket.hear().await;
    assert_eq!(
        (&error["id"], &error["payload"][0]["extensions"]["code"]),
        (&json!("3"), &json!("TOO_MANY_SUBSCRIPTIONS"))
    );
    let refused = Socket::connect(&server, "graphql-transport-ws").await.err().unwrap();
    assert!(matches!(refused, Error::Http(response) if response.status() == 503));
}

#[tokio::test]
async fn a_socket_is_closed_when_its_session_ends() {
    let server = Server::with(|options, _| options.streams.keep_alive = Duration::from_millis(50)).await;
    let ana = server.person("ana").await;
    let mut socket = Socket::open(&server, &ana).await;
    server.data(&ana, "mutation { logOut { __typename } }", json!({})).await;
    assert_eq!(socket.closed().await.0, 4403);
}
