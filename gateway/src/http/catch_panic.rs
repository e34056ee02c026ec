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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    async fn broken() -> &'static str {
        panic!("the secret of the handler")
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_that_tells_nothing() {
        let router: Router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(super::answer));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("internal_error") && !body.contains("secret"), "{body}");
    }
}
