//! "Answer no older than this": the client has seen a position and wants to see what it saw.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use fieldlog_eventlog::Position;
use fieldlog_projections::{Behind, ReadModel};
use serde_json::json;

use super::problem::Problem;

/// The header that carries it.
pub const X_MIN_POSITION: &str = "x-min-position";

/// Waits until the model has reached the position of the request, if it names one.
pub async fn reach(model: &ReadModel, headers: &HeaderMap, patience: Duration) -> Result<(), Problem> {
    let Some(value) = headers.get(X_MIN_POSITION) else { return Ok(()) };
    let wanted = value.to_str().ok().and_then(|text| text.parse::<Position>().ok());
    let Some(wanted) = wanted else {
        let message = format!("{X_MIN_POSITION}: expected a position, found {value:?}");
        return Err(Problem::bad_request("bad_position", message));
    };
    model.wait_until(wanted, patience).await.map_err(behind)
}

/// The read model did not get there in time.
pub fn behind(behind: Behind) -> Problem {
    let facts = json!({ "position": behind.at.to_string(), "wanted": behind.wanted.to_string() });
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "behind", behind.to_string()).retry_after(1).facts(facts)
}
