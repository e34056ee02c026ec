//! The Docker engine of this machine, and a door to it that can be shut.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::client::Client;
use super::script;

const SOCKET: &str = "/var/run/docker.sock";

/// Makes sure that an engine answers and has the image.
pub fn ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        script("docker-engine", &[]);
        script("qgis-image", &[]);
    });
}

pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(["-H", &format!("unix://{SOCKET}")]).args(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the containers of a project's jobs, running or not: whether they waited before or not, they bear the job's id.
pub async fn containers_of(client: &Client, project: &str) -> Vec<String> {
    let found = client.project(project, "jobs(first: 100) { nodes { uuid } }").await;
    let jobs: Vec<_> = found["jobs"]["nodes"].as_array().unwrap().iter().map(|job| job["uuid"].clone()).collect();
    let names = docker(&["ps", "--all", "--format", "{{.Names}}"]);
    let is_of_job = |name: &&str| jobs.iter().any(|job| name.contains(job.as_str().unwrap()));
    names.lines().filter(is_of_job).map(ToOwned::to_owned).collect()
}

/// Job directories that a worker left in its folder.
pub fn job_directories(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data.join("worker/jobs")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// A socket that leads to the engine while it is open.
pub struct Door {
    path: PathBuf,
    open: JoinSet<()>,
}

impl Door {
    pub fn at(path: PathBuf) -> Self {
        Self { path, open: JoinSet::new() }
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    pub fn open(&mut self) {
        let listener = UnixListener::bind(&self.path).unwrap();
        self.open.spawn(async move {
            let mut guests = JoinSet::new();
            while let Ok((mut guest, _)) = listener.accept().await {
                guests.spawn(async move {
                    let mut engine = UnixStream::connect(SOCKET).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut guest, &mut engine).await;
                });
            }
        });
    }

    /// Cuts every connection, and takes no new ones.
    pub async fn shut(&mut self) {
        self.open.shutdown().await;
        std::fs::remove_file(&self.path).unwrap();
    }
}
