//! The containers of jobs: when they ran, as Docker tells it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use serde_json::Value;

/// What containers are made of.
pub const IMAGE: &str = "fieldlog-qgis:latest";
/// What to do where it is missing.
pub const NEEDED: &str = "needs Docker and the image: scripts/docker-engine, scripts/qgis-image";

/// Whether the image is there.
pub fn has_image() -> bool {
    Command::new("docker").args(["image", "inspect", IMAGE]).output().is_ok_and(|output| output.status.success())
}

/// Until a container waits, with QGIS started: it takes as long as a job that starts cold.
pub async fn until_warm() {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen: Option<Instant> = None;
    loop {
        let output = Command::new("docker").args(["ps", "-q", "--filter", "name=fieldlog-warm-"]).output().unwrap();
        match (output.stdout.is_empty(), seen) {
            (true, _) => seen = None,
            (false, None) => seen = Some(Instant::now()),
            (false, Some(since)) if since.elapsed() > Duration::from_secs(4) => return,
            (false, Some(_)) => {}
        }
        assert!(Instant::now() < deadline, "expected a container to wait within a minute");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// From a container's start to its exit.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    pub began: DateTime<Utc>,
    pub ended: DateTime<Utc>,
}

impl Life {
    pub fn took(&self) -> TimeDelta {
        self.ended - self.began
    }
}

/// Docker's own account of when containers of jobs began and exited. Those that waited for their job are not known by it.
pub struct Lives {
    docker: Child,
    ended: Arc<Mutex<HashMap<String, Life>>>,
}

impl Lives {
    /// Of containers that start from now on.
    pub fn watch() -> Self {
        let mut docker = Command::new("docker")
            .args(["events", "--filter", "event=start", "--filter", "event=die", "--filter", "label=app=fieldlog"])
            .args(["--format", "{{json .}}"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(docker.stdout.take().unwrap()).lines();
        let ended = Arc::default();
        let noted = Arc::clone(&ended);
        std::thread::spawn(move || note(lines.map_while(Result::ok), &noted));
        Self { docker, ended }
    }

    pub async fn of(&self, job: &str) -> Life {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            if let Some(life) = self.ended.lock().get(job) {
                return *life;
            }
            assert!(Instant::now() < deadline, "expected Docker to tell of the exit of job {job}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Lives {
    fn drop(&mut self) {
        self.docker.kill().ok();
        self.docker.wait().ok();
    }
}

fn note(events: impl Iterator<Item = String>, ended: &Mutex<HashMap<String, Life>>) {
    let mut began = HashMap::new();
    for event in events {
        let event: Value = serde_json::from_str(&event).unwrap();
        // `fieldlog-<job>-<attempt>`
        let name = event["Actor"]["Attributes"]["name"].as_str().unwrap_or_default();
        let job = name.trim_start_matches("fieldlog-").rsplit_once('-').map(|(job, _)| job.to_owned());
        let at = DateTime::from_timestamp_nanos(event["timeNano"].as_i64().unwrap());
        match (event["Action"].as_str(), job) {
            (Some("start"), Some(job)) => drop(began.insert(job, at)),
            (Some("die"), Some(job)) => {
                let began = began.remove(&job).unwrap_or(at);
                ended.lock().insert(job, Life { began, ended: at });
            }
            _ => {}
        }
    }
}
