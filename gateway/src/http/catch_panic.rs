//! A panic ends its request with a 500, not the server.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Turns a panic into an answer.
pub fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(panic = text, "a request panicked");
    Problem::internal().into_response()
}
