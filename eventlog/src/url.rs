//! Naming a log in configuration.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use crate::copying::Copying;
use crate::eventstoredb::{Address, EventStoreDbLog, EventStoreDbOptions};
use crate::port::{EventLog, LogError};
use crate::postgres::{PostgresLog, PostgresOptions};
use crate::sqlite::{SqliteLog, SqliteOptions};

/// Where a log is: `sqlite:PATH`, `postgres://…` or `postgresql://…`, `esdb://…` or `esdb+discover://…`.
///
/// A PostgreSQL URL may name a schema: `postgres://host/database?options[search_path]=fieldlog`, one of EventStoreDB a log
/// among others of the same server: `esdb://host:2113?tls=false&log=fieldlog`.
#[derive(Clone, PartialEq, Eq)]
pub enum LogUrl {
    /// One file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL database; with credentials, so never shown as it is.
    Postgres(String),
    /// A node of EventStoreDB or a cluster; with credentials, so never shown as it is.
    EventStoreDb(String),
}

/// A text that names no log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotALogUrl {
    /// Another engine, or none.
    #[error("expected sqlite:PATH, postgres://…, postgresql://…, esdb://… or esdb+discover://…, found {0:?}")]
    Scheme(String),
    /// SQLite without a file.
    #[error("expected a path after sqlite:, as in sqlite:/var/lib/fieldlog/log.sqlite, found nothing")]
    NoPath,
    /// Not a PostgreSQL URL.
    #[error("expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, found {url:?}: {reason}")]
    Postgres {
        /// Without the password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a URL of EventStoreDB.
    #[error("expected esdb://USER:PASSWORD@HOST:PORT?tls=…, found {url:?}: {reason}")]
    EventStoreDb {
        /// Without the password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl FromStr for LogUrl {
    type Err = NotALogUrl;

    fn from_str(text: &str) -> Result<Self, NotALogUrl> {
        match text.split_once(':') {
            Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
                "" => Err(NotALogUrl::NoPath),
                path => Ok(Self::Sqlite(path.into())),
            },
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => match PgConnectOptions::from_str(text)
            {
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(error) => Err(NotALogUrl::Postgres { url: without_password(text), reason: error.to_string() }),
            },
            Some(("esdb" | "esdb+discover", rest)) if rest.starts_with("//") => match Address::from_str(text) {
                Ok(_) => Ok(Self::EventStoreDb(text.to_owned())),
                Err(reason) => Err(NotALogUrl::EventStoreDb { url: without_password(text), reason }),
            },
            _ => Err(NotALogUrl::Scheme(without_password(text))),
        }
    }
}

impl fmt::Display for LogUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) | Self::EventStoreDb(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for LogUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Replaces what stands between `user:` and `@`, and a `password` parameter, wherever they are.
pub(crate) fn without_password(url: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let mut shown = match address.rsplit_once('@') {
        Some((before, host)) => {
            let start = before.find("://").map_or(0, |at| at + 3);
            let user = before[start..].split(':').next().unwrap_or_default();
            let hidden = if before[start..].contains(':') { ":***" } else { "" };
            format!("{}{user}{hidden}@{host}", &before[..start])
        }
        None => address.to_owned(),
    };
    if let Some(query) = query {
        let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
            Some((key, _)) if key.eq_ignore_ascii_case("password") => format!("{key}=***"),
            _ => parameter.to_owned(),
        });
        shown = format!("{shown}?{}", parameters.collect::<Vec<_>>().join("&"));
    }
    shown
}

/// Opens the log that `url` names, making it when it is not there. What an engine keeps beside it is kept in no folder.
pub async fn open(url: &LogUrl) -> Result<Arc<dyn EventLog>, LogError> {
    open_beside(url, None).await
}

/// The same; `folder` is where an engine may keep, from one time to the next, what it can make anew.
pub async fn open_beside(url: &LogUrl, folder: Option<&Path>) -> Result<Arc<dyn EventLog>, LogError> {
    Ok(open_to_copy(url, folder).await?)
}

/// The same, to be copied from or to.
pub async fn open_to_copy(url: &LogUrl, folder: Option<&Path>) -> Result<Arc<dyn Copying>, LogError> {
    match url {
        LogUrl::Sqlite(path) => {
            let path = path.clone();
            let opened = tokio::task::spawn_blocking(move || SqliteLog::open(path, SqliteOptions::default())).await;
            Ok(opened.map_err(|error| LogError::Unavailable(format!("opening was given up: {error}")))??)
        }
        LogUrl::Postgres(url) => Ok(PostgresLog::connect(url, PostgresOptions::default()).await?),
        LogUrl::EventStoreDb(url) => {
            let options =
                EventStoreDbOptions { index_in: folder.map(Path::to_owned), ..EventStoreDbOptions::default() };
            Ok(EventStoreDbLog::connect(url, options).await?)
        }
    }
}

/// Names the TLS provider of the process, which several users of TLS share. To be called before the first connection, with
/// all logs the process will open: the client of EventStoreDB insists on doing it itself.
pub async fn install_tls_provider(logs: &[&LogUrl]) -> Result<(), LogError> {
    if logs.iter().any(|log| matches!(log, LogUrl::EventStoreDb(_))) {
        return crate::eventstoredb::install_tls_provider().await;
    }
    // Somebody may have named the same one before.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    Ok(())
}
