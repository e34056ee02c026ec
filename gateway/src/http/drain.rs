//! A client that is refused while it still sends should read why, not find its connection broken.
//!
//! Ending the answer with bytes unread makes the system reset the connection, and clients lose the answer with it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

/// What is read and thrown away at most; whoever sends more meets the end of the connection.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// For how long at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads what is left of the body of a request that is refused. A client that asked first (`Expect`) sends nothing.
pub async fn drain_refused(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let response = next.run(Request::from_parts(parts, Body::from_stream(body.clone()))).await;
    if !response.status().is_success() {
        // Whether it could be read to its end makes no difference to the answer.
        let _ = tokio::time::timeout(PATIENCE, drain(body)).await;
    }
    response
}

async fn drain(mut body: Shared) {
    let mut read = 0;
    while let Some(Ok(piece)) = body.next().await {
        read += piece.len();
        if read > MOST_BYTES {
            return;
        }
    }
}

/// A body that can still be read after whoever read it has gone.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.lock()).poll_next(cx)
    }
}
