//! The engines under test, and how a test runs on each of them.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_esdb_fake::Fake;
use fieldlog_eventlog::{EventLog, LogUrl, open};
use tempfile::TempDir;
use uuid::Uuid;

use crate::server;

/// A log of its own for one test; opening it again gives the same log.
pub struct Engine {
    pub url: LogUrl,
    /// The server, when it is our own.
    pub fake: Option<Fake>,
    _files: Option<TempDir>,
}

/// A real EventStoreDB; without it the fake is tried. Every test has a log of its own name there.
const REAL_ESDB: &str = "FIELDLOG_TEST_ESDB_URL";

impl Engine {
    pub fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        Self { url: LogUrl::Sqlite(files.path().join("log.sqlite")), fake: None, _files: Some(files) }
    }

    pub fn postgres() -> Self {
        Self { url: server::fresh_schema().parse().unwrap(), fake: None, _files: None }
    }

    pub fn eventstoredb() -> Self {
        let fake = std::env::var(REAL_ESDB).is_err().then(Fake::start);
        let server = fake.as_ref().map_or_else(|| std::env::var(REAL_ESDB).unwrap(), Fake::url);
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}log=test_{}", Uuid::new_v4().simple());
        Self { url: url.parse().unwrap(), fake, _files: None }
    }

    pub async fn open(&self) -> Arc<dyn EventLog> {
        open(&self.url).await.unwrap()
    }

    /// With credentials, for another process.
    pub fn address(&self) -> String {
        match &self.url {
            LogUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            LogUrl::Postgres(url) | LogUrl::EventStoreDb(url) => url.clone(),
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
        mod eventstoredb {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::engine::Engine::eventstoredb()).await;
            })*
        }
    };
}
