//! Where a test's vault lives.

use std::path::{Path, PathBuf};
use std::process::Command;

use fieldlog_vault::{MasterKey, Vault, VaultUrl};
use sqlx::Connection;
use tempfile::TempDir;
use uuid::Uuid;

/// A place for one vault, which can be opened any number of times.
pub struct Home {
    pub url: VaultUrl,
    pub master: MasterKey,
    folder: Option<TempDir>,
}

impl Home {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = VaultUrl::Sqlite(folder.path().join("vault.sqlite"));
        Self { url, master: MasterKey::generate(), folder: Some(folder) }
    }

    /// A database of its own in a server.
    pub async fn postgres(server: &Postgres) -> Self {
        let name = format!("vault_{}", Uuid::new_v4().simple());
        let mut connection = sqlx::PgConnection::connect(&server.url).await.unwrap();
        sqlx::raw_sql(&format!("create database {name}")).execute(&mut connection).await.unwrap();
        let url = format!("{}/{name}", server.url.strip_suffix("/postgres").unwrap());
        Self { url: VaultUrl::Postgres(url), master: MasterKey::generate(), folder: None }
    }

    /// One more handle, as another process would have it.
    pub async fn open(&self) -> Vault {
        Vault::open(&self.url, self.master.clone()).await.unwrap()
    }

    pub fn folder(&self) -> &Path {
        self.folder.as_ref().expect("only SQLite has a folder").path()
    }
}

/// A server of the test's own, gone with it however it ends.
pub struct Postgres {
    folder: TempDir,
    pub url: String,
}

impl Postgres {
    pub fn start() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let data = folder.path().join("server");
        let url = run(&["start", data.to_str().unwrap(), "0", "--while", &std::process::id().to_string()]);
        Self { folder, url: url.trim().into() }
    }

    pub fn stop(&self) {
        run(&["stop", self.data().to_str().unwrap()]);
    }

    /// Brings it back at the same address.
    pub fn start_again(&self) {
        let port = self.url.rsplit(':').next().unwrap().split('/').next().unwrap();
        run(&["start", self.data().to_str().unwrap(), port]);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("server")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres");
    let output = Command::new(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "scripts/postgres {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
