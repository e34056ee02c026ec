//! One WebSocket from its first message to its close.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::http::HeaderMap;
use futures::StreamExt;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::task::AbortOnDropHandle;

use super::message::{self, ClientMessage};
use crate::gateway::Gateway;
use crate::graphql::execute::{Methods, subscribe};
use crate::graphql::transport::request::GraphqlRequest;
use crate::http::credentials::Caller;
use crate::metrics::OpenStream;

/// Answers that wait to be sent; when the client reads slowly, subscriptions wait too.
const OUTBOX: usize = 16;

/// Why a socket is closed: a code of the protocol and a text.
type Close = (u16, String);
type Step = ControlFlow<Close>;

/// A message of a subscription. `serial` tells it from an earlier one of the same id.
struct Outgoing {
    id: Arc<str>,
    serial: u64,
    text: String,
    /// `complete` or `error`.
    is_last: bool,
}

pub struct Connection {
    gateway: Gateway,
    caller: Caller,
    headers: HeaderMap,
    socket: WebSocket,
    is_acknowledged: bool,
    running: HashMap<Arc<str>, (u64, AbortOnDropHandle<()>)>,
    started: u64,
    outbox: mpsc::Sender<Outgoing>,
    outgoing: mpsc::Receiver<Outgoing>,
    heard_at: Instant,
    _counted: OpenStream,
}

impl Connection {
    pub fn new(gateway: Gateway, caller: Caller, headers: HeaderMap, socket: WebSocket) -> Self {
        let (outbox, outgoing) = mpsc::channel(OUTBOX);
        Self {
            gateway,
            caller,
            headers,
            socket,
            is_acknowledged: false,
            running: HashMap::new(),
            started: 0,
            outbox,
            outgoing,
            heard_at: Instant::now(),
            _counted: OpenStream::new("websocket"),
        }
    }

    pub async fn run(mut self) {
        let (code, reason) = self.talk().await;
        // What still runs ends before the client is told.
        self.running.clear();
        let frame = CloseFrame { code, reason: shorten(reason).into() };
        // A client that has gone needs no farewell.
        let _ = self.socket.send(Message::Close(Some(frame))).await;
    }

    async fn talk(&mut self) -> Close {
        let limits = self.gateway.options().streams;
        let init_deadline = Instant::now() + limits.init_timeout;
        let mut tick = tokio::time::interval_at(Instant::now() + limits.keep_alive, limits.keep_alive);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let closing = self.gateway.closing().clone();
        loop {
            let step = tokio::select! {
                () = closing.cancelled() => Step::Break((1001, "the server stops; please connect again".into())),
                () = tokio::time::sleep_until(init_deadline), if !self.is_acknowledged => {
                    Step::Break((4408, "Connection initialisation timeout".into()))
                }
                _ = tick.tick() => self.look_after().await,
                outgoing = self.outgoing.recv() => match outgoing {
                    Some(outgoing) => self.send(outgoing).await,
                    None => Step::Continue(()),
                },
                received = self.socket.recv() => match received {
                    Some(Ok(received)) => self.receive(received).await,
                    Some(Err(error)) => Step::Break(unreadable(&error)),
                    None => Step::Break((1000, String::new())),
                },
            };
            if let ControlFlow::Break(close) = step {
                return close;
            }
        }
    }

    /// Looks whether the client is there and still logged in.
    async fn look_after(&mut self) -> Step {
        if self.heard_at.elapsed() > self.gateway.options().streams.keep_alive * 2 {
            return Step::Break((1001, "nothing was heard from the client".into()));
        }
        if !self.caller.is_still_valid(self.gateway.app()).await {
            return Step::Break((4403, "Forbidden".into()));
        }
        self.put(Message::Ping(Default::default())).await
    }

    async fn receive(&mut self, received: Message) -> Step {
        self.heard_at = Instant::now();
        match received {
            Message::Text(text) => match ClientMessage::read(&text) {
                Ok(message) => self.answer(message).await,
                Err(reason) => Step::Break((4400, reason)),
            },
            Message::Binary(_) => Step::Break((4400, "expected text, found binary data".into())),
            Message::Ping(_) | Message::Pong(_) => Step::Continue(()),
            Message::Close(_) => Step::Break((1000, String::new())),
        }
    }

    async fn answer(&mut self, message: ClientMessage) -> Step {
        match message {
            ClientMessage::ConnectionInit(_) if self.is_acknowledged => {
                Step::Break((4429, "Too many initialisation requests".into()))
            }
            ClientMessage::ConnectionInit(payload) => self.init(&payload).await,
            ClientMessage::Ping(payload) => self.put(Message::Text(message::pong(payload).into())).await,
            ClientMessage::Pong => Step::Continue(()),
            ClientMessage::Subscribe { .. } if !self.is_acknowledged => Step::Break((4401, "Unauthorized".into())),
            ClientMessage::Subscribe { id, request } => self.subscribe(id.into(), *request).await,
            ClientMessage::Complete { id } => {
                self.running.remove(id.as_str());
                Step::Continue(())
            }
        }
    }

    /// The token comes with the first message, because browsers cannot send headers with a WebSocket.
    async fn init(&mut self, payload: &Map<String, Value>) -> Step {
        let token = match token(payload) {
            Ok(token) => token.or(self.caller.token.as_deref()),
            Err(reason) => return Step::Break((4400, reason)),
        };
        let request = self.caller.viewer.correlation_id;
        match Caller::with_token(self.gateway.app(), &self.headers, self.caller.ip, request, token).await {
            Ok(caller) => {
                self.caller = caller;
                self.is_acknowledged = true;
                self.put(Message::Text(message::connection_ack().into())).await
            }
            Err(_) => Step::Break((4403, "Forbidden".into())),
        }
    }

    async fn subscribe(&mut self, id: Arc<str>, request: GraphqlRequest) -> Step {
        if self.running.contains_key(&id) {
            return Step::Break((4409, format!("Subscriber for {id} already exists")));
        }
        let limit = self.gateway.options().streams.subscriptions;
        if self.running.len() >= limit {
            let errors = json!([{
                "message": format!("a WebSocket has at most {limit} subscriptions at a time"),
                "extensions": { "code": "TOO_MANY_SUBSCRIPTIONS" },
            }]);
            return self.put(Message::Text(message::error(&id, &errors).into())).await;
        }
        let (mut answers, _) = subscribe(&self.gateway, self.caller.clone(), request, Methods::All, None);
        self.started += 1;
        let (outbox, name, serial) = (self.outbox.clone(), id.clone(), self.started);
        let task = tokio::spawn(async move {
            let say = |text: String, is_last| outbox.send(Outgoing { id: name.clone(), serial, text, is_last });
            while let Some(answer) = answers.next().await {
                let sent = match answer.was_executed {
                    true => say(message::next(&name, &answer.to_json()), false).await,
                    false => say(message::error(&name, &answer.errors()), true).await,
                };
                if sent.is_err() || !answer.was_executed {
                    return;
                }
            }
            // The socket is closed when nobody listens: nothing is left to be told.
            let _ = say(message::complete(&name), true).await;
        });
        self.running.insert(id, (serial, AbortOnDropHandle::new(task)));
        Step::Continue(())
    }

    async fn send(&mut self, outgoing: Outgoing) -> Step {
        // The client may have completed it meanwhile: then it wants to hear nothing more.
        if self.running.get(&outgoing.id).is_none_or(|(serial, _)| *serial != outgoing.serial) {
            return Step::Continue(());
        }
        if outgoing.is_last {
            self.running.remove(&outgoing.id);
        }
        self.put(Message::Text(outgoing.text.into())).await
    }

    async fn put(&mut self, message: Message) -> Step {
        match self.socket.send(message).await {
            Ok(()) => Step::Continue(()),
            Err(_) => Step::Break((1000, String::new())),
        }
    }
}

/// `{"token": "…"}`, or what a header would say: `{"authorization": "Bearer …"}`.
fn token(payload: &Map<String, Value>) -> Result<Option<&str>, String> {
    let field = |name: &str| payload.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let text = |value: &'_ Value| value.as_str().is_none().then(|| "expected the token as a text".to_owned());
    match (field("token"), field("authorization")) {
        (None | Some(Value::Null), None | Some(Value::Null)) => Ok(None),
        (Some(value), _) if !value.is_null() => match text(value) {
            Some(reason) => Err(reason),
            None => Ok(value.as_str()),
        },
        (_, Some(value)) => match text(value) {
            Some(reason) => Err(reason),
            None => Ok(value.as_str().and_then(|text| text.split_once(' ')).map(|(_, token)| token.trim())),
        },
        (Some(_), None) => Ok(None),
    }
}

/// A message that is too large or no text is the client's fault; a connection that broke is nobody's.
fn unreadable(error: &axum::Error) -> Close {
    let text = error.to_string();
    match text.contains("too long") || text.contains("too big") {
        true => (1009, "the message is too large".into()),
        false => (1002, "the message cannot be read".into()),
    }
}

/// A close frame has 125 bytes, two of them for the code.
fn shorten(mut reason: String) -> String {
    let mut end = reason.len().min(120);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    reason
}
