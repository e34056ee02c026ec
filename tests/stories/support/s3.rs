//! A real S3 server of the test's own: Ceph.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{repository, script};

/// Stopped and removed when dropped, and when this process dies in whatever way.
pub struct Ceph {
    folder: TempDir,
    /// `AWS_…` and `FIELDLOG_STORAGE`, as processes want them in their environment.
    pub variables: Vec<(String, String)>,
    watchdog: Child,
}

impl Ceph {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-ceph").tempdir().unwrap();
        let path = folder.path().display();
        let stop =
            format!("read _; {} stop {path} >/dev/null 2>&1; rm -rf {path}", repository("scripts/ceph").display());
        let watchdog = Command::new("setsid").args(["sh", "-c", &stop]).stdin(Stdio::piped()).spawn().unwrap();
        let mut ceph = Self { folder, variables: Vec::new(), watchdog };
        ceph.variables = ceph.start_again();
        ceph
    }

    /// Takes the server away; its data stays.
    pub fn stop(&self) {
        script("ceph", &["stop", self.folder.path().to_str().unwrap()]);
    }

    /// Brings it back at the same address.
    pub fn start_again(&self) -> Vec<(String, String)> {
        let printed = script("ceph", &["start", self.folder.path().to_str().unwrap()]);
        let lines = printed.lines().filter_map(|line| line.split_once('='));
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl Drop for Ceph {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}
