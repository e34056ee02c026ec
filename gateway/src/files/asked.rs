//! What a download is asked with, whichever API it comes through.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::gateway::Gateway;
use crate::http::client_ip::{PeerAddr, is_forwarded};

/// The parts of a request that decide how a blob is sent.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET` or `HEAD`.
    pub method: Method,
    /// Conditions and the range among them.
    pub headers: HeaderMap,
    /// Whether a trusted proxy asks for somebody else, so that it can be asked to send the bytes.
    pub is_forwarded: bool,
}

impl FromRequestParts<Gateway> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let is_forwarded = is_forwarded(peer, &parts.headers, &gateway.options().trusted_proxies);
        Ok(Self { method: parts.method.clone(), headers: parts.headers.clone(), is_forwarded })
    }
}
