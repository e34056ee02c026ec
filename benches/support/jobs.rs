//! Jobs of a server: asked for over its API, followed in its log.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, Position, RecordedEvent};
use serde_json::{Value, json};

use super::http::Connection;
use super::projects;
use crate::seed;

/// A server, and what happened to its jobs.
pub struct Jobs {
    pub address: SocketAddr,
    log: Arc<dyn EventLog>,
    after: Position,
    /// When what happened first, of each job.
    times: HashMap<(String, String), DateTime<Utc>>,
    kinds: HashMap<String, String>,
    open: HashSet<String>,
}

/// A job that finished.
pub struct Job {
    pub id: String,
    pub requested: DateTime<Utc>,
    pub started: DateTime<Utc>,
    pub finished: DateTime<Utc>,
}

impl Jobs {
    /// Those that are requested from now on.
    pub async fn follow(address: SocketAddr, data: &Path) -> Self {
        let log: Arc<dyn EventLog> = SqliteLog::open(data.join("log.sqlite"), SqliteOptions::default()).unwrap();
        let after = log.head().await.unwrap();
        let (times, kinds, open) = Default::default();
        Self { address, log, after, times, kinds, open }
    }

    /// A project with the files of a folder, which QGIS has looked at.
    pub async fn project(&mut self, name: &str, folder: &Path) -> String {
        let project = projects::create(self.address, name);
        projects::upload(self.address, &project, folder);
        self.next("process_project_file").await;
        project
    }

    /// Asks for a job; answers its id.
    pub fn ask(&self, project: &str, kind: &str, force: bool) -> String {
        let request = json!({ "project_id": project, "type": kind, "force": force }).to_string();
        let mut answer = Vec::new();
        let mut connection = Connection::open(self.address, seed::TOKEN).unwrap();
        let status = connection.post("/api/v1/jobs/", &request, &mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(matches!(status, 200 | 201), "{status} {answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Asks for a job and waits for its end.
    pub async fn run(&mut self, project: &str, kind: &str) -> Job {
        let id = self.ask(project, kind, true);
        self.finished(|job, _| job == id).await
    }

    /// The next job of this kind that finishes.
    pub async fn next(&mut self, kind: &str) -> Job {
        self.finished(|_, found| found == kind).await
    }

    /// How many jobs of this kind there were.
    pub fn count(&self, kind: &str) -> usize {
        self.kinds.values().filter(|found| *found == kind).count()
    }

    /// What the container of a job reported.
    pub fn feedback(&self, id: &str) -> Value {
        let mut answer = Vec::new();
        let mut connection = Connection::open(self.address, seed::TOKEN).unwrap();
        assert_eq!(connection.ask(&format!("/api/v1/jobs/{id}/"), &mut answer).unwrap(), 200);
        serde_json::from_slice::<Value>(&answer).unwrap()["feedback"].take()
    }

    /// Until there was nothing to do for a second: a job may be followed by another one.
    pub async fn quiet(&mut self) {
        let (deadline, mut since) = (Instant::now() + Duration::from_secs(300), Instant::now());
        while since.elapsed() < Duration::from_secs(1) {
            while self.event().await.is_some() {}
            if !self.open.is_empty() {
                since = Instant::now();
            }
            assert!(Instant::now() < deadline, "expected all jobs to end within five minutes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn finished(&mut self, is_wanted: impl Fn(&str, &str) -> bool) -> Job {
        let deadline = Instant::now() + Duration::from_secs(300);
        loop {
            while let Some(event) = self.event().await {
                let id = event.stream.id;
                let is_it = self.kinds.get(&id).is_some_and(|kind| is_wanted(&id, kind));
                if is_it && event.event_type == "job_finished" {
                    let at = |what: &str| self.times[&(id.clone(), what.to_owned())];
                    let (requested, started) = (at("job_requested"), at("job_started"));
                    return Job { id, requested, started, finished: event.recorded_at };
                }
            }
            assert!(Instant::now() < deadline, "expected the job to finish within five minutes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The next event, noted.
    async fn event(&mut self) -> Option<RecordedEvent> {
        let event = self.log.read_feed(self.after, 1).await.unwrap().into_iter().next()?;
        self.after = event.position;
        let id = event.stream.id.clone();
        match event.event_type.as_str() {
            "job_requested" => {
                let payload: Value = serde_json::from_str(&event.payload).unwrap();
                self.kinds.insert(id.clone(), payload["kind"].as_str().unwrap_or_default().to_owned());
                self.open.insert(id.clone());
            }
            "job_finished" | "job_cancelled" => drop(self.open.remove(&id)),
            "job_failed" => panic!("expected a job that finishes, found {}", event.payload),
            _ => {}
        }
        self.times.entry((id, event.event_type.clone())).or_insert(event.recorded_at);
        Some(event)
    }
}
