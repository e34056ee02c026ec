//! The messages of `graphql-transport-ws` (enisdenjo/graphql-ws, PROTOCOL.md).

use serde_json::{Map, Value, json};

use crate::graphql::transport::request::GraphqlRequest;

/// What a client says.
#[derive(Debug)]
pub enum ClientMessage {
    /// Who it is.
    ConnectionInit(Map<String, Value>),
    /// Are you there?
    Ping(Option<Value>),
    /// I am here.
    Pong,
    /// Tell me.
    Subscribe {
        /// What the client calls it.
        id: String,
        /// What it asks; boxed because it is far larger than the rest.
        request: Box<GraphqlRequest>,
    },
    /// Enough.
    Complete {
        /// What the client calls it.
        id: String,
    },
}

impl ClientMessage {
    /// Reads a message; the error is the reason the socket is closed with.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|_| "expected a message in JSON".to_owned())?;
        let Value::Object(mut message) = value else { return Err("expected a message object".into()) };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        let id = || match message.get("id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => Err("expected an id that is a text with at least one character".to_owned()),
        };
        match message.get("type").and_then(Value::as_str) {
            Some("connection_init") => match payload {
                None => Ok(Self::ConnectionInit(Map::new())),
                Some(Value::Object(payload)) => Ok(Self::ConnectionInit(payload)),
                Some(_) => Err("expected an object as payload of connection_init".into()),
            },
            Some("ping") => Ok(Self::Ping(payload)),
            Some("pong") => Ok(Self::Pong),
            Some("subscribe") => {
                let request = GraphqlRequest::from_value(payload.unwrap_or_default());
                Ok(Self::Subscribe { id: id()?, request: Box::new(request.map_err(|error| error.to_string())?) })
            }
            Some("complete") => Ok(Self::Complete { id: id()? }),
            _ => Err("expected a message of type connection_init, ping, pong, subscribe or complete".into()),
        }
    }
}

/// Welcome.
pub fn connection_ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// I am here.
pub fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }),
        None => json!({ "type": "pong" }),
    }
    .to_string()
}

/// An answer; `answer` is JSON already.
pub fn next(id: &str, answer: &str) -> String {
    format!(r#"{{"type":"next","id":{},"payload":{answer}}}"#, Value::from(id))
}

/// The request was not executed; nothing more follows.
pub fn error(id: &str, errors: &Value) -> String {
    json!({ "type": "error", "id": id, "payload": errors }).to_string()
}

/// Nothing more follows.
pub fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::ClientMessage;

    #[test]
    fn messages_are_read() {
        assert!(matches!(
            ClientMessage::read(r#"{"type":"connection_init"}"#).unwrap(),
            ClientMessage::ConnectionInit(_)
        ));
        assert!(matches!(
            ClientMessage::read(r#"{"type":"ping","payload":{"a":1}}"#).unwrap(),
            ClientMessage::Ping(Some(_))
        ));
        let subscribe = r#"{"type":"subscribe","id":"1","payload":{"query":"{a}"}}"#;
        assert!(matches!(ClientMessage::read(subscribe).unwrap(), ClientMessage::Subscribe { .. }));
    }

    #[test]
    fn what_is_no_message_is_told() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"start"}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"complete","id":""}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
        ] {
            ClientMessage::read(text).unwrap_err();
        }
    }
}
