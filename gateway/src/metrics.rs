//! `/metrics`: how the gateway, the log, the model and the jobs are doing, in Prometheus' text format.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, header};
use axum::response::IntoResponse;
use fieldlog_domain::job::JobState;
use fieldlog_projections::{ListJobs, Page};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use strum::IntoEnumIterator;
use tokio_util::task::AbortOnDropHandle;

use crate::gateway::Gateway;
use crate::mail::{MAIL_RETRIES, MAILS};

const REQUESTS: &str = "fieldlog_http_requests_total";
const DURATION: &str = "fieldlog_http_request_duration_seconds";
const IN_FLIGHT: &str = "fieldlog_http_requests_in_flight";
const LOG_INS: &str = "fieldlog_log_ins_total";
const GRAPHQL_ERRORS: &str = "fieldlog_graphql_errors_total";
const STREAMS: &str = "fieldlog_streams_open";
const UPLOADED: &str = "fieldlog_uploaded_bytes_total";
const LOG_POSITION: &str = "fieldlog_log_position";
const MODEL_POSITION: &str = "fieldlog_read_model_position";
const MODEL_LAG: &str = "fieldlog_read_model_lag_positions";
const JOBS: &str = "fieldlog_jobs_active";
const MEMORY: &str = "process_resident_memory_bytes";

/// How often measurements are sorted into their buckets.
const UPKEEP: Duration = Duration::from_secs(10);

/// So many jobs of a state are counted at most; more than this is an alarm all the same.
const JOBS_COUNTED: usize = 1_000;

/// The recorder of this process and what it holds.
#[derive(Clone)]
pub struct Metrics {
    handle: Option<PrometheusHandle>,
}

impl Metrics {
    /// Installs the recorder; all gateways of one process share it.
    pub fn install() -> Self {
        static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        let handle = HANDLE.get_or_init(|| {
            let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
            let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &buckets);
            let handle = builder.and_then(PrometheusBuilder::install_recorder);
            handle.inspect(|_| describe()).inspect_err(|error| tracing::warn!(%error, "there are no metrics")).ok()
        });
        Self { handle: handle.clone() }
    }

    /// Sorts what was measured into its buckets now and then: without it, measurements that nobody scrapes pile up.
    pub fn keep_up(&self) -> AbortOnDropHandle<()> {
        let handle = self.handle.clone();
        AbortOnDropHandle::new(tokio::spawn(async move {
            let mut tick = tokio::time::interval(UPKEEP);
            while let Some(handle) = &handle {
                tick.tick().await;
                handle.run_upkeep();
            }
        }))
    }

    fn render(&self) -> String {
        self.handle.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }
}

fn describe() {
    describe_counter!(REQUESTS, "HTTP requests that were answered.");
    describe_histogram!(DURATION, "Time from a request's head to the head of its answer, in seconds.");
    describe_gauge!(IN_FLIGHT, "HTTP requests that are being answered.");
    describe_counter!(LOG_INS, "Log-ins, by how they ended.");
    describe_counter!(GRAPHQL_ERRORS, "Errors in GraphQL answers, by code.");
    describe_gauge!(STREAMS, "Open WebSockets and event streams.");
    describe_counter!(UPLOADED, "Bytes of files that were uploaded.");
    describe_gauge!(LOG_POSITION, "Position of the last event in the log.");
    describe_gauge!(MODEL_POSITION, "Position up to which the read model has followed the log.");
    describe_gauge!(MODEL_LAG, "Positions between the read model and the end of the log.");
    describe_gauge!(JOBS, "Jobs that have not ended, by state.");
    describe_gauge!(MEMORY, "Resident memory size in bytes.");
    describe_counter!(MAILS, "Mails, by how they ended.");
    describe_counter!(MAIL_RETRIES, "Times the mail server did not take a mail that was tried again.");
    // Counted by the use cases, which know no exporter.
    describe_counter!("fieldlog_appended_events_total", "Events that this process appended to the log.");
    describe_counter!("fieldlog_append_conflicts_total", "Appends that lost a race and were decided anew.");
    describe_counter!("fieldlog_append_failures_total", "Appends that failed because the log was away.");
    describe_counter!("fieldlog_policy_retries_total", "Times a policy had to try again.");
}

/// Counts a request while it lives.
pub struct InFlight(());

impl InFlight {
    /// One more.
    #[allow(clippy::new_without_default, reason = "making one counts")]
    pub fn new() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// Counts an open stream while it lives.
pub struct OpenStream(&'static str);

impl OpenStream {
    /// One more over this transport.
    pub fn new(transport: &'static str) -> Self {
        gauge!(STREAMS, "transport" => transport).increment(1.0);
        Self(transport)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        gauge!(STREAMS, "transport" => self.0).decrement(1.0);
    }
}

/// A request was answered. `route` is the template, so that there are as many series as routes.
pub fn request(method: &'static str, route: &str, status: u16, elapsed: Duration) {
    let (route, status) = (route.to_owned(), status.to_string());
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status).increment(1);
    histogram!(DURATION, "method" => method, "route" => route).record(elapsed);
}

/// A log-in was refused because too many came from one address. The others are counted where they are judged.
pub fn log_in_rate_limited() {
    counter!(LOG_INS, "outcome" => "rate_limited").increment(1);
}

/// An error was part of a GraphQL answer.
pub fn graphql_error(code: &str) {
    counter!(GRAPHQL_ERRORS, "code" => code.to_owned()).increment(1);
}

/// A file was uploaded.
pub fn uploaded(bytes: u64) {
    counter!(UPLOADED).increment(bytes);
}

/// Methods are the client's to invent; these are all that become series.
pub fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// `GET /metrics`
pub async fn handler(State(gateway): State<Gateway>) -> impl IntoResponse {
    measure(&gateway).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], gateway.metrics().render())
}

/// Sets what is looked at rather than counted. What cannot be looked at right now keeps its last value.
#[allow(clippy::cast_precision_loss, reason = "Prometheus knows floating point numbers only")]
async fn measure(gateway: &Gateway) {
    let app = gateway.app();
    let model = app.model().position();
    gauge!(MODEL_POSITION).set(model.0 as f64);
    if let Ok(Ok(head)) = tokio::time::timeout(Duration::from_secs(1), app.log().head()).await {
        gauge!(LOG_POSITION).set(head.0 as f64);
        gauge!(MODEL_LAG).set(head.0.saturating_sub(model.0) as f64);
    }
    let view = app.view();
    for state in JobState::iter().filter(|state| !state.is_final()) {
        let list = ListJobs { states: Some(vec![state]), page: Page::first(JOBS_COUNTED), ..ListJobs::default() };
        if let Ok(listed) = view.jobs(list) {
            let label = state.as_ref().to_owned();
            gauge!(JOBS, "state" => label).set(listed.rows.len() as f64);
        }
    }
    if let Some(bytes) = resident_memory() {
        gauge!(MEMORY).set(bytes as f64);
    }
}

/// From `/proc`, where there is one.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
