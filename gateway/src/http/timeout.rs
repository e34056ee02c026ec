//! Time limits: for whole answers, and for each piece of a body that streams.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::Stream;
use tokio::time::{Instant, Sleep};

use super::problem::Problem;
use crate::gateway::Gateway;

/// Ends a request that takes too long.
pub async fn request_timeout(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let limit = gateway.options().request_timeout;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!("the server did not get the answer ready within {} s", limit.as_secs_f32());
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message).retry_after(5).into_response()
        }
    }
}

/// What breaks off a stream that stands still.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A stream that fails when its next item takes longer than the limit.
pub struct IdleTimeout<S> {
    stream: S,
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl<S> IdleTimeout<S> {
    /// Watches over `stream`.
    pub fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, deadline: Box::pin(tokio::time::sleep(limit)), is_waiting: false }
    }
}

impl<S, T, E> Stream for IdleTimeout<S>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    E: Into<BoxError>,
{
    type Item = Result<T, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(item) = Pin::new(&mut self.stream).poll_next(cx) {
            self.is_waiting = false;
            return Poll::Ready(item.map(|item| item.map_err(Into::into)));
        }
        // Counted from here, so that a reader that is slow itself is not mistaken for a sender that went away.
        if !self.is_waiting {
            self.is_waiting = true;
            let deadline = Instant::now() + self.limit;
            self.deadline.as_mut().reset(deadline);
        }
        match self.deadline.as_mut().poll(cx) {
            Poll::Ready(()) => {
                let message = format!("nothing arrived for {} s", self.limit.as_secs_f32());
                Poll::Ready(Some(Err(message.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures::{StreamExt, stream};

    use super::*;

    #[tokio::test]
    async fn a_stream_that_stands_still_fails() {
        let pieces = stream::iter([Ok::<_, std::io::Error>(1)]).chain(stream::pending());
        let mut watched = IdleTimeout::new(Box::pin(pieces), Duration::from_millis(30));
        assert_eq!(watched.next().await.unwrap().unwrap(), 1);
        assert_eq!(watched.next().await.unwrap().unwrap_err().to_string(), "nothing arrived for 0.03 s");
    }
}
