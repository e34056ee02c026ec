//! Naming a log in configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use crate::port::{EventLog, LogError};
use crate::postgres::{PostgresLog, PostgresOptions};
use crate::sqlite::{SqliteLog, SqliteOptions};

/// Where a log is: `sqlite:PATH`, `postgres://…` or `postgresql://…`.
///
/// A PostgreSQL URL may name a schema: `postgres://host/database?options[search_path]=fieldlog`.
#[derive(Clone, PartialEq, Eq)]
pub enum LogUrl {
    /// One file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL database; with credentials, so never shown as it is.
    Postgres(String),
}

/// A text that names no log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotALogUrl {
    /// Another engine, or none.
    #[error("expected sqlite:PATH, postgres://… or postgresql://…, found {0:?}")]
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
            _ => Err(NotALogUrl::Scheme(without_password(text))),
        }
    }
}

impl fmt::Display for LogUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
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

/// Opens the log that `url` names, making it when it is not there.
pub async fn open(url: &LogUrl) -> Result<Arc<dyn EventLog>, LogError> {
    match url {
        LogUrl::Sqlite(path) => {
            let path = path.clone();
            let opened = tokio::task::spawn_blocking(move || SqliteLog::open(path, SqliteOptions::default())).await;
            Ok(opened.map_err(|error| LogError::Unavailable(format!("opening was given up: {error}")))??)
        }
        LogUrl::Postgres(url) => Ok(PostgresLog::connect(url, PostgresOptions::default()).await?),
    }
}
