//! What a download is asked with, whichever API it comes through.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::gateway::Gateway;

/// The parts of a request that decide how a blob is sent.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET` or `HEAD`.
    pub method: Method,
    /// Conditions and the range among them.
    pub headers: HeaderMap,
}

impl FromRequestParts<Gateway> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, Infallible> {
        Ok(Self { method: parts.method.clone(), headers: parts.headers.clone() })
    }
}
