//! Whether the server is alive, and whether it can do its work.

pub mod ready;

use axum::Json;
use serde_json::{Value, json};

/// `GET /healthz`: the process answers. Whether it can do its work is `/readyz`.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
