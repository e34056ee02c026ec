//! A real S3 server of the test's own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fieldlog_storage::S3Options;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use tempfile::TempDir;

/// Stopped and removed when dropped, and when this process dies in whatever way.
pub struct Ceph {
    folder: TempDir,
    variables: HashMap<String, String>,
    watchdog: Child,
}

impl Ceph {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-ceph").tempdir().unwrap();
        let stop_at_end =
            format!("read _; {0} stop {1} >/dev/null 2>&1; rm -rf {1}", script().display(), folder.path().display());
        let watchdog = Command::new("setsid").args(["sh", "-c", &stop_at_end]).stdin(Stdio::piped()).spawn().unwrap();
        let variables = run("start", folder.path());
        Self { folder, variables, watchdog }
    }

    /// Takes the server away; its data stays.
    pub fn stop(&self) {
        run("stop", self.folder.path());
    }

    /// Brings it back at the same address.
    pub fn start_again(&self) {
        run("start", self.folder.path());
    }

    /// `host:port` of the server.
    pub fn address(&self) -> &str {
        self.variables["AWS_ENDPOINT_URL"].strip_prefix("http://").unwrap()
    }

    pub fn options(&self) -> S3Options {
        self.options_at(self.address())
    }

    /// Reaches the server through another address, with time-outs for impatient tests.
    pub fn options_at(&self, address: &str) -> S3Options {
        S3Options {
            endpoint: Some(format!("http://{address}")),
            region: Some(self.variables["AWS_REGION"].clone()),
            access_key_id: Some(self.variables["AWS_ACCESS_KEY_ID"].clone()),
            secret_access_key: Some(self.variables["AWS_SECRET_ACCESS_KEY"].clone()),
            read_timeout: Duration::from_secs(20),
            ..S3Options::default()
        }
    }

    /// The bucket as it is, past the storage manager.
    pub fn bucket(&self) -> Arc<AmazonS3> {
        let builder = AmazonS3Builder::new()
            .with_bucket_name("fieldlog")
            .with_endpoint(&self.variables["AWS_ENDPOINT_URL"])
            .with_allow_http(true)
            .with_region(&self.variables["AWS_REGION"])
            .with_access_key_id(&self.variables["AWS_ACCESS_KEY_ID"])
            .with_secret_access_key(&self.variables["AWS_SECRET_ACCESS_KEY"]);
        Arc::new(builder.build().unwrap())
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

fn run(verb: &str, folder: &Path) -> HashMap<String, String> {
    let output = Command::new(script()).arg(verb).arg(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "scripts/ceph {verb} failed; without Ceph set FIELDLOG_TEST_WITHOUT_CEPH=1\n{said}"
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}
