//! The gateway itself: the app, the options, and what lives as long as the server does.

use std::sync::Arc;

use axum::Router;
use fieldlog_commands::App;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api_v1::KeptAnswers;
use crate::graphql::limits::Lists;
use crate::graphql::schema::{GatewaySchema, schema};
use crate::health::ready::Readiness;
use crate::http::rate_limit::RateLimit;
use crate::mail::Outbox;
use crate::metrics::Metrics;
use crate::options::GatewayOptions;
use crate::routes;

/// Everything a request may need. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    options: GatewayOptions,
    schema: GatewaySchema,
    graphql_lists: Lists,
    log_in_rate: RateLimit,
    mail_rate: RateLimit,
    outbox: Option<Arc<Outbox>>,
    kept_answers: KeptAnswers,
    readiness: Readiness,
    metrics: Metrics,
    stream_places: Arc<Semaphore>,
    streams: TaskTracker,
    closing: CancellationToken,
}

impl Gateway {
    /// A gateway to this app.
    pub fn new(app: App, options: GatewayOptions) -> Self {
        let schema = schema(&options.graphql);
        let closing = CancellationToken::new();
        let inner = Inner {
            graphql_lists: Lists::of_schema(&schema.sdl()),
            schema,
            log_in_rate: RateLimit::new(options.log_in_rate),
            mail_rate: RateLimit::new(options.mail_rate),
            outbox: options.mail.clone().map(|mail| Arc::new(Outbox::new(mail, closing.clone()))),
            kept_answers: KeptAnswers::default(),
            readiness: Readiness::default(),
            metrics: Metrics::install(),
            stream_places: Arc::new(Semaphore::new(options.streams.connections)),
            streams: TaskTracker::new(),
            closing,
            app,
            options,
        };
        Self { inner: Arc::new(inner) }
    }

    /// All routes, for a server of one's own; [`Gateway::serve`] is the usual one.
    pub fn router(&self) -> Router {
        routes::router(self.clone())
    }

    /// The app behind it.
    pub fn app(&self) -> &App {
        &self.inner.app
    }

    /// What the operator set.
    pub fn options(&self) -> &GatewayOptions {
        &self.inner.options
    }

    pub(crate) fn schema(&self) -> &GatewaySchema {
        &self.inner.schema
    }

    /// Which fields of the schema are lists.
    pub(crate) fn graphql_lists(&self) -> &Lists {
        &self.inner.graphql_lists
    }

    pub(crate) fn log_in_rate(&self) -> &RateLimit {
        &self.inner.log_in_rate
    }

    pub(crate) fn mail_rate(&self) -> &RateLimit {
        &self.inner.mail_rate
    }

    /// Where mails are posted; none when the operator named no mail server.
    pub(crate) fn outbox(&self) -> Option<&Arc<Outbox>> {
        self.inner.outbox.as_ref()
    }

    /// Answers of field clients' API that are good until something happens.
    pub(crate) fn kept_answers(&self) -> &KeptAnswers {
        &self.inner.kept_answers
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.inner.readiness
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// A place for one more WebSocket or event stream; none when there are too many.
    pub(crate) fn stream_place(&self) -> Option<OwnedSemaphorePermit> {
        self.inner.stream_places.clone().try_acquire_owned().ok()
    }

    /// Cancelled when the server was asked to stop: streams end then.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.inner.closing
    }

    /// Counts WebSockets, which the server's connections no longer know once they are upgraded.
    pub(crate) fn streams(&self) -> &TaskTracker {
        &self.inner.streams
    }

    pub(crate) fn close_streams(&self) {
        self.inner.closing.cancel();
        self.inner.streams.close();
    }

    /// Ready when every mail was delivered or given up.
    pub(crate) async fn mails_ended(&self) {
        if let Some(outbox) = self.outbox() {
            outbox.emptied().await;
        }
    }

    pub(crate) async fn streams_ended(&self) {
        self.inner.streams.wait().await;
    }

    /// A URL of this server: absolute when the operator said where it is reached, a path otherwise.
    pub(crate) fn url(&self, path: &str) -> String {
        match &self.inner.options.public_url {
            Some(public) => format!("{}{path}", public.trim_end_matches('/')),
            None => path.to_owned(),
        }
    }
}
