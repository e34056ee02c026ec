//! The accept loop: connections in, bounded in number and in patience, drained when the server stops.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::gateway::Gateway;
use crate::http::client_ip::PeerAddr;
use crate::http::stalled_write::StalledWrite;
use crate::options::GatewayOptions;

impl Gateway {
    /// Answers on `listener` until `shutdown` is ready; then open requests and streams get
    /// [`drain_timeout`](GatewayOptions::drain_timeout) to end.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
        let builder = Arc::new(connection_builder(self.options()));
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.options().max_connections));
        let router = self.router();
        let _upkeep = self.metrics().keep_up();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&listener, &places) => accepted,
            };
            let Ok((stream, peer, place)) = accepted else { continue };
            let connection = StalledWrite::new(stream, self.options().idle_timeout);
            let router = router.clone();
            let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), peer, request));
            let builder = builder.clone();
            let watcher = graceful.watcher();
            tokio::spawn(async move {
                let connection = builder.serve_connection_with_upgrades(TokioIo::new(connection), service);
                if let Err(error) = watcher.watch(connection.into_owned()).await {
                    tracing::debug!(%peer, %error, "a connection broke off");
                }
                drop(place);
            });
        }
        drop(listener);
        self.drain(graceful).await;
    }

    async fn drain(&self, graceful: GracefulShutdown) {
        let limit = self.options().drain_timeout;
        self.close_streams();
        let ended = tokio::time::timeout(limit, async {
            graceful.shutdown().await;
            self.streams_ended().await;
            self.mails_ended().await;
        });
        if ended.await.is_err() {
            tracing::warn!(
                seconds = limit.as_secs_f32(),
                "some requests or mails did not end in time and were cut off"
            );
        }
    }
}

type Place = tokio::sync::OwnedSemaphorePermit;

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, SocketAddr, Place)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            stream.set_nodelay(true)?;
            Ok((stream, peer, place))
        }
        Err(error) => {
            // Out of file descriptors, for example: pausing lets connections end instead of spinning.
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(Duration::from_millis(100)).await;
            Err(error)
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(PeerAddr(peer));
    router.oneshot(request).await
}

fn connection_builder(options: &GatewayOptions) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(options.header_timeout).max_buf_size(1024 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_concurrent_streams(200)
        .adaptive_window(true);
    builder
}
