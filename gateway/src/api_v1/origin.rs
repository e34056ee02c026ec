//! Where the client thinks the server is.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};

use crate::gateway::Gateway;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// `https://host`: as the operator set it, or as the request says.
pub struct Origin(pub String);

impl FromRequestParts<Gateway> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Infallible> {
        let configured = gateway.url("");
        if !configured.is_empty() {
            return Ok(Self(configured));
        }
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = text(FORWARDED_PROTO).filter(|scheme| *scheme == "https").unwrap_or("http");
        let host = text(header::HOST).or_else(|| parts.uri.host()).unwrap_or("localhost");
        Ok(Self(format!("{scheme}://{host}")))
    }
}
