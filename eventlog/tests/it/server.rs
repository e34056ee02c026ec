//! A real PostgreSQL server, started by `scripts/postgres`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use uuid::Uuid;

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres")
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(script()).args(arguments).output().unwrap();
    assert!(output.status.success(), "scripts/postgres {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Where PostgreSQL's own programs are.
pub fn program(name: &str) -> PathBuf {
    Path::new(&run(&["bin"])).join(name)
}

/// nextest starts a process for each test: they share one server, which ends with the run.
fn shared() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        let run_id = if std::env::var_os("NEXTEST").is_some() {
            std::os::unix::process::parent_id()
        } else {
            std::process::id()
        };
        let dir = format!("/tmp/fieldlog-eventlog-tests-{run_id}");
        let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres.lock")).unwrap();
        lock.lock().unwrap();
        if Path::new(&dir).exists() {
            return run(&["start", &dir, "0"]);
        }
        run(&["start", &dir, "0", "--while", &run_id.to_string()])
    })
}

/// A URL of a schema that is not there yet.
pub fn fresh_schema() -> String {
    format!("{}?options[search_path]=log_{}", shared(), Uuid::new_v4().simple())
}

/// A server that one test may stop and start.
pub struct Server {
    dir: String,
    pub url: String,
}

impl Server {
    pub fn start() -> Self {
        let dir = format!("/tmp/fieldlog-eventlog-test-{}", Uuid::new_v4().simple());
        let url = run(&["start", &dir, "0", "--while", &std::process::id().to_string()]);
        Self { dir, url }
    }

    pub fn stop(&self) {
        run(&["stop", &self.dir]);
    }

    /// At the same address.
    pub fn start_again(&self) {
        let port = self.url.rsplit(':').next().unwrap().split('/').next().unwrap();
        assert_eq!(run(&["start", &self.dir, port]), self.url);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        std::fs::remove_dir_all(&self.dir).ok();
    }
}
