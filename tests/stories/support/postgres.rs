//! A PostgreSQL server of the test's own.

use tempfile::TempDir;

use super::script;

/// Stopped and removed when this process ends, in whatever way.
pub struct Postgres {
    folder: TempDir,
    pub url: String,
}

impl Postgres {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-postgres").tempdir().unwrap();
        let own = std::process::id().to_string();
        let url = script("postgres", &["start", folder.path().to_str().unwrap(), "0", "--while", &own]);
        Self { folder, url }
    }

    /// Takes the server away; its data stays.
    pub fn stop(&self) {
        script("postgres", &["stop", self.folder.path().to_str().unwrap()]);
    }

    /// Brings it back at the same address.
    pub fn start_again(&self) {
        let port = self.url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).unwrap();
        script("postgres", &["start", self.folder.path().to_str().unwrap(), port]);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}
