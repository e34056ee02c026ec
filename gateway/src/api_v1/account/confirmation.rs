//! `POST resend-confirmation/`: accounts are not confirmed by mail here, so there is nothing to send again.

use axum::http::StatusCode;

use crate::http::problem::Problem;

/// The same whoever asks, and for whom: it tells nobody which accounts there are.
pub async fn resend() -> Problem {
    let message =
        "accounts of this server are not confirmed by mail and can be used at once; there is nothing to send again";
    Problem::new(StatusCode::NOT_FOUND, "object_not_found", message)
}
