//! `GET /readyz`: whether log, read model and storage are there, looked at no more than once a second.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fieldlog_commands::App;
use fieldlog_domain::Sha256Digest;
use fieldlog_projections::Follower;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::gateway::Gateway;

/// How long a finding is good for.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A model that is further behind than this shows things too old to rely on.
const MOST_LAG: u64 = 1_000;

/// The last finding.
#[derive(Default)]
pub struct Readiness {
    last: Mutex<Option<(Instant, Arc<Report>)>>,
}

/// How the parts are.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    status: &'static str,
    log: Part,
    read_model: Part,
    storage: Part,
}

#[derive(Debug, Serialize)]
struct Part {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

impl Readiness {
    /// Whether log and read model are well, and storage is.
    pub async fn parts_are_ok(&self, app: &App) -> (bool, bool) {
        let report = self.report(app).await;
        let is_ok = |part: &Part| part.status == "ok";
        (is_ok(&report.log) && is_ok(&report.read_model), is_ok(&report.storage))
    }

    async fn report(&self, app: &App) -> Arc<Report> {
        // Whoever comes while somebody looks waits for what they find.
        let mut last = self.last.lock().await;
        if let Some((at, report)) = last.as_ref().filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            let _ = at;
            return report.clone();
        }
        let report = Arc::new(look(app).await);
        *last = Some((Instant::now(), report.clone()));
        report
    }
}

async fn look(app: &App) -> Report {
    let nothing = Sha256Digest([0; 32]);
    let (head, stored) = tokio::join!(
        tokio::time::timeout(PATIENCE, app.log().head()),
        tokio::time::timeout(PATIENCE, app.storage().exists(&nothing)),
    );
    let head = head.ok().and_then(|head| head.inspect_err(|error| tracing::warn!(%error, "not ready")).ok());
    let stored = stored.ok().and_then(|found| found.inspect_err(|error| tracing::warn!(%error, "not ready")).ok());
    let health = app.model().health();
    let lag = head.map_or(0, |head| head.0.saturating_sub(health.position.0));
    let model = match &health.follower {
        Follower::Following if lag <= MOST_LAG => None,
        Follower::Following => Some("it is catching up"),
        Follower::Waiting { .. } => Some("it waits for something that is away"),
        Follower::Stopped { .. } => Some("it met an event that it cannot read; its operator has to look"),
        Follower::ShutDown => Some("it was shut down"),
    };
    let log = part(head.is_none().then_some("it is not reachable"), head.map(|head| head.to_string()));
    let read_model = part(model, Some(health.position.to_string()));
    let storage = part(stored.is_none().then_some("it is not reachable"), None);
    let is_ready = [&log, &read_model, &storage].iter().all(|part| part.status == "ok");
    Report { status: if is_ready { "ok" } else { "unavailable" }, log, read_model, storage }
}

fn part(message: Option<&'static str>, position: Option<String>) -> Part {
    Part { status: if message.is_none() { "ok" } else { "unavailable" }, position, message }
}

/// `GET /readyz`
pub async fn ready(State(gateway): State<Gateway>) -> (StatusCode, Json<Arc<Report>>) {
    let report = gateway.readiness().report(gateway.app()).await;
    let status = if report.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report))
}
