//! What is told of each request: a span with its id, a line in the log, its time in the metrics.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use fieldlog_domain::CorrelationId;
use tracing::Instrument;

use crate::metrics;

/// Observes one request.
pub async fn observe(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<CorrelationId>().copied().unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("none", |path| path.as_str()).to_owned();
    let method = metrics::method_label(request.method());
    let span = tracing::info_span!("request", %id, method, route);
    let started = Instant::now();
    let in_flight = metrics::InFlight::new();
    let response = next.run(request).instrument(span.clone()).await;
    drop(in_flight);
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    metrics::request(method, &route, status, elapsed);
    span.in_scope(|| match status {
        500.. => tracing::error!(status, ms = elapsed.as_millis(), "answered"),
        _ => tracing::debug!(status, ms = elapsed.as_millis(), "answered"),
    });
    response
}
