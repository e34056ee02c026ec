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
        Self::start_with(&[])
    }

    /// At this address as well, for people with a password.
    pub fn listening_on(address: &str) -> Self {
        Self::start_with(&["--listen", address])
    }

    fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-postgres").tempdir().unwrap();
        let own = std::process::id().to_string();
        let start = ["start", folder.path().to_str().unwrap(), "0", "--while", &own];
        let url = script("postgres", &[&start, options].concat());
        Self { folder, url }
    }

    pub fn port(&self) -> &str {
        self.url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).unwrap()
    }

    /// Takes the server away; its data stays.
    pub fn stop(&self) {
        script("postgres", &["stop", self.folder.path().to_str().unwrap()]);
    }

    /// Brings it back at the same address.
    pub fn start_again(&self) {
        script("postgres", &["start", self.folder.path().to_str().unwrap(), self.port()]);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}
