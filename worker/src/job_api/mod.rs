//! The API for images that fetch a project's files themselves and bring results back, as the worker image of QFieldCloud does
//! (QFieldCloud reference, section 8).
//!
//! Such a container never talks to the gateway. The worker itself answers it from the job directory: what is read are the job's
//! inputs, which stand still, and what is brought are results like those that other containers leave in their folder. They count
//! when the job ends, or not at all. The token is good for one attempt at one job, in this worker, and for nothing else
//! (docs/adr/0016-the-job-api.md).

mod answer;
mod desk;
mod listing;
mod received;
mod routes;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldlog_commands::session::Token;
use fieldlog_domain::Sha256Digest;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) use desk::Desk;

use crate::options::JobApiOptions;

/// The API of this worker's containers, while it lives.
pub(crate) struct JobApi {
    url: String,
    desks: Desks,
    server: JoinHandle<()>,
}

/// What each token opens.
#[derive(Clone, Default)]
struct Desks(Arc<Mutex<HashMap<Sha256Digest, Arc<Desk>>>>);

impl Desks {
    fn lock(&self) -> MutexGuard<'_, HashMap<Sha256Digest, Arc<Desk>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, token: &str) -> Option<Arc<Desk>> {
        self.lock().get(&Sha256Digest::of(token.as_bytes())).cloned()
    }
}

/// As long as this lives, a token is good.
pub(crate) struct Pass {
    desks: Desks,
    token: Sha256Digest,
    desk: Arc<Desk>,
}

impl JobApi {
    /// Listens. The error is the network's: the address is taken, or none of this machine's.
    pub(crate) async fn start(options: &JobApiOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let url = options.url_of(listener.local_addr()?);
        let desks = Desks::default();
        let routes = routes::all(desks.clone());
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the API of containers has ended");
            }
        });
        Ok(Self { url, desks, server })
    }

    /// Where containers reach it, with `/api/v1/` at its end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on the token opens this desk.
    pub(crate) fn admit(&self, token: &Token, desk: Desk) -> Pass {
        let (token, desk) = (token.digest(), Arc::new(desk));
        self.desks.lock().insert(token, desk.clone());
        Pass { desks: self.desks.clone(), token, desk }
    }
}

impl Drop for JobApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Pass {
    /// The token opens nothing any more, and nothing that was brought is still on its way into the job directory.
    pub(crate) async fn end(self) {
        self.desk.close().await;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.desks.lock().remove(&self.token);
    }
}

impl JobApiOptions {
    fn url_of(&self, listening: SocketAddr) -> String {
        let base = self.url.clone().unwrap_or_else(|| format!("http://{listening}"));
        format!("{}/api/v1/", base.trim_end_matches('/'))
    }
}
