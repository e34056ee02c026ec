//! A real S3 server of the test's own: Ceph.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fieldlog_storage::S3Options;
use tempfile::TempDir;

/// Stopped and removed when dropped, and when this process dies in whatever way.
pub struct Ceph {
    variables: HashMap<String, String>,
    watchdog: Child,
    _folder: TempDir,
}

impl Ceph {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-ceph").tempdir().unwrap();
        let stop_at_end =
            format!("read _; {0} stop {1} >/dev/null 2>&1; rm -rf {1}", script().display(), folder.path().display());
        let watchdog = Command::new("setsid").args(["sh", "-c", &stop_at_end]).stdin(Stdio::piped()).spawn().unwrap();
        let output = Command::new(script()).arg("start").arg(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "scripts/ceph start failed; without Ceph set FIELDLOG_TEST_WITHOUT_CEPH=1\n{said}"
        );
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines = lines.lines().filter_map(|line| line.split_once('='));
        let variables = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { variables, watchdog, _folder: folder }
    }

    /// `http://host:port` of the server.
    pub fn endpoint(&self) -> String {
        self.variables["AWS_ENDPOINT_URL"].clone()
    }

    pub fn options(&self) -> S3Options {
        let variable = |name: &str| Some(self.variables[name].clone());
        S3Options {
            endpoint: Some(self.endpoint()),
            region: variable("AWS_REGION"),
            access_key_id: variable("AWS_ACCESS_KEY_ID"),
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY"),
            ..S3Options::default()
        }
    }
}

impl Drop for Ceph {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/ceph")
}
