//! A real S3 server of the test's own: Ceph.

use tempfile::TempDir;

use super::when_gone::WhenGone;
use super::{repository, script};

/// Stopped and removed when dropped, and when this process dies in whatever way.
pub struct Ceph {
    _gone: WhenGone,
    folder: TempDir,
    /// `AWS_…` and `FIELDLOG_STORAGE`, as processes want them in their environment.
    pub variables: Vec<(String, String)>,
}

impl Ceph {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-ceph").tempdir().unwrap();
        let program = repository("scripts/ceph");
        let arguments = [program.to_str().unwrap(), folder.path().to_str().unwrap()];
        let gone = WhenGone::run(r#""$1" stop "$2" >/dev/null 2>&1; rm -rf "$2""#, &arguments);
        let mut ceph = Self { folder, variables: Vec::new(), _gone: gone };
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
