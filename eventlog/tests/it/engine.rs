//! The engines under test, and how a test runs on each of them.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_eventlog::{EventLog, LogUrl, open};
use tempfile::TempDir;

use crate::server;

/// A log of its own for one test; opening it again gives the same log.
pub struct Engine {
    pub url: LogUrl,
    _files: Option<TempDir>,
}

impl Engine {
    pub fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        Self { url: LogUrl::Sqlite(files.path().join("log.sqlite")), _files: Some(files) }
    }

    pub fn postgres() -> Self {
        Self { url: server::fresh_schema().parse().unwrap(), _files: None }
    }

    pub async fn open(&self) -> Arc<dyn EventLog> {
        open(&self.url).await.unwrap()
    }

    /// With credentials, for another process.
    pub fn address(&self) -> String {
        match &self.url {
            LogUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            LogUrl::Postgres(url) => url.clone(),
        }
    }
}

/// Waits for it, but not for ever.
pub async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen within a minute"))
}

/// Runs each named async function once on each engine.
#[macro_export]
macro_rules! on_every_engine {
    ($($test:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::engine::Engine::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::engine::Engine::postgres()).await;
            })*
        }
    };
}
