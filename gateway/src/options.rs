//! What an operator may set about the gateway.

use std::time::Duration;

use strum::EnumString;

use crate::http::client_ip::Network;
use crate::mail::MailOptions;

/// What an operator may set about the gateway; the defaults suit one server on its own.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Bytes of a JSON body.
    pub json_body_limit: usize,
    /// Bytes of an uploaded file.
    pub upload_limit: u64,
    /// How long an answer may take; up- and downloads and streams have [`idle_timeout`](Self::idle_timeout) instead.
    pub request_timeout: Duration,
    /// How long an up- or download may make no progress.
    pub idle_timeout: Duration,
    /// How long a client may take to send the head of a request.
    pub header_timeout: Duration,
    /// How long open requests and streams may go on after the server was asked to stop.
    pub drain_timeout: Duration,
    /// How long an answer waits until the read model has seen what the request did.
    pub catch_up_timeout: Duration,
    /// Connections at a time.
    pub max_connections: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Log-in attempts of one address.
    pub log_in_rate: Rate,
    /// Pages of these origins (`https://host`, or `*`) may call the API from a browser.
    pub allowed_origins: Vec<String>,
    /// How mail is sent; none: it is not.
    pub mail: Option<MailOptions>,
    /// Mails that one address may ask for.
    pub mail_rate: Rate,
    /// Where clients reach the server, put in front of URLs in answers; none: URLs are paths.
    pub public_url: Option<String>,
    /// Who sends the bytes of a download.
    pub downloads: Downloads,
    /// How large a GraphQL request may be.
    pub graphql: GraphqlLimits,
    /// How much one WebSocket or event stream may hold open.
    pub streams: StreamLimits,
}

/// Who sends the bytes of a download. Who may have them, ranges and copies that are still good are always judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Downloads {
    /// The gateway itself.
    #[default]
    Stream,
    /// The proxy in front, which is told where by `X-Accel-Redirect` (nginx). Who does not come through one of
    /// [`trusted_proxies`](GatewayOptions::trusted_proxies) is sent the bytes by the gateway.
    Accel,
    /// Object storage: the client is sent there by a URL that is good for some minutes.
    Redirect,
}

/// So many at once, and as many again in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub burst: u32,
    /// In how long.
    pub per: Duration,
}

/// How large a GraphQL request may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphqlLimits {
    /// Bytes of the query's text.
    pub bytes: usize,
    /// Words and signs of the query's text.
    pub tokens: usize,
    /// Fields inside fields, fragments spread out.
    pub depth: usize,
    /// The same for introspection, which tools nest deeply.
    pub introspection_depth: usize,
    /// Fields altogether, fragments spread out.
    pub fields: usize,
    /// Aliases altogether, fragments spread out.
    pub aliases: usize,
    /// Directives altogether, fragments spread out.
    pub directives: usize,
    /// Fields times the sizes of the lists they are in.
    pub complexity: usize,
}

/// How much one WebSocket or event stream may hold open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// WebSockets and event streams at a time, of all clients.
    pub connections: usize,
    /// Subscriptions of one WebSocket at a time.
    pub subscriptions: usize,
    /// Bytes of one message from the client.
    pub message_bytes: usize,
    /// How long a client may take to say who it is.
    pub init_timeout: Duration,
    /// How often the server looks whether the client is still there and still logged in.
    pub keep_alive: Duration,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            json_body_limit: 1024 * 1024,
            upload_limit: 10 * 1024 * 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            header_timeout: Duration::from_secs(15),
            drain_timeout: Duration::from_secs(10),
            catch_up_timeout: Duration::from_secs(5),
            max_connections: 10_000,
            trusted_proxies: Vec::new(),
            log_in_rate: Rate { burst: 30, per: Duration::from_secs(60) },
            allowed_origins: Vec::new(),
            mail: None,
            mail_rate: Rate { burst: 10, per: Duration::from_secs(15 * 60) },
            public_url: None,
            downloads: Downloads::default(),
            graphql: GraphqlLimits::default(),
            streams: StreamLimits::default(),
        }
    }
}

impl Default for GraphqlLimits {
    fn default() -> Self {
        Self {
            bytes: 100 * 1024,
            tokens: 5_000,
            depth: 12,
            introspection_depth: 20,
            fields: 1_000,
            aliases: 100,
            directives: 50,
            complexity: 20_000,
        }
    }
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            connections: 1_000,
            subscriptions: 50,
            message_bytes: 256 * 1024,
            init_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(20),
        }
    }
}
