//! Reaching the database and bringing its schema up to date.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};
use uuid::Uuid;

use super::error::at;
use crate::port::LogError;

const MIGRATIONS: &[(i32, &str, &str)] = &[
    (1, "event_log", include_str!("../../../migrations/postgres/0001_event_log.sql")),
    (2, "copied_events", include_str!("../../../migrations/postgres/0002_copied_events.sql")),
];

/// What may differ from one log to another.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The schema the log lives in, made when it is not there; otherwise the first of the URL's `search_path`.
    pub schema: Option<String>,
    /// Connections, one of them for listening.
    pub max_connections: u32,
    /// How long to wait for a connection, for the lock that orders appends, and for an append whose answer was lost.
    pub patience: Duration,
    /// How often to look for new events without having been woken.
    pub look_every: Duration,
    /// How often to wake other processes at most.
    pub notify_every: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: None,
            max_connections: 10,
            patience: Duration::from_secs(5),
            look_every: Duration::from_secs(1),
            notify_every: Duration::from_millis(20),
        }
    }
}

/// A pool over an up-to-date schema, and the log's id.
pub(super) async fn connect(url: &str, place: &str, options: &PostgresOptions) -> Result<(PgPool, Uuid), LogError> {
    let address = PgConnectOptions::from_str(url)
        .map_err(|error| LogError::Unavailable(format!("{place} is not a PostgreSQL URL: {error}")))?;
    let name = address.get_application_name().unwrap_or("fieldlog").to_owned();
    let address = address.application_name(&name).disable_statement_logging().options(session(options));
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections.max(2))
        .acquire_timeout(options.patience)
        .idle_timeout(Duration::from_secs(60))
        .connect_lazy_with(address);
    let mut connection = pool.acquire().await.map_err(|error| at(place, &error))?;
    let id = prepare(&mut connection, place, options).await?;
    Ok((pool, id))
}

/// Nothing may wait for ever: neither here nor, holding a lock, there.
fn session(options: &PostgresOptions) -> Vec<(&'static str, String)> {
    let milliseconds = |duration: Duration| format!("{}ms", duration.as_millis());
    let mut settings = vec![
        ("default_transaction_isolation", "read\\ committed".to_owned()),
        ("synchronous_commit", "on".to_owned()),
        ("TimeZone", "UTC".to_owned()),
        ("lock_timeout", milliseconds(options.patience)),
        ("statement_timeout", milliseconds(options.patience * 3)),
        ("idle_in_transaction_session_timeout", milliseconds(options.patience * 2)),
    ];
    if let Some(schema) = &options.schema {
        settings.push(("search_path", quoted(schema).replace('\\', "\\\\").replace(' ', "\\ ")));
    }
    settings
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn prepare(connection: &mut PgConnection, place: &str, options: &PostgresOptions) -> Result<Uuid, LogError> {
    let fail = |error: sqlx::Error| at(place, &error);
    let encoding: String =
        sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut *connection).await.map_err(fail)?;
    if encoding != "UTF8" {
        return Err(LogError::Damaged(format!("{place} has encoding {encoding}, expected UTF8")));
    }
    let mut transaction = connection.begin().await.map_err(fail)?;
    // One process migrates, the others wait for it; a migration may take its time.
    let minutes = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0";
    transaction.execute(minutes).await.map_err(fail)?;
    sqlx::query("SELECT pg_advisory_xact_lock(1179414375, 0)").execute(&mut *transaction).await.map_err(fail)?;
    make_schema(&mut transaction, options).await.map_err(fail)?;
    migrate(&mut transaction, place).await?;
    let id = sqlx::query_scalar("SELECT id FROM log").fetch_one(&mut *transaction).await.map_err(fail)?;
    transaction.commit().await.map_err(fail)?;
    Ok(id)
}

async fn make_schema(connection: &mut PgConnection, options: &PostgresOptions) -> sqlx::Result<()> {
    let current: Option<String> = sqlx::query_scalar("SELECT current_schema()").fetch_one(&mut *connection).await?;
    if current.is_some() {
        return Ok(());
    }
    let name = match &options.schema {
        Some(schema) => quoted(schema),
        None => {
            let path: String = sqlx::query_scalar("SHOW search_path").fetch_one(&mut *connection).await?;
            quoted(path.split(',').next().unwrap_or_default().trim().trim_matches('"'))
        }
    };
    connection.execute(format!("CREATE SCHEMA IF NOT EXISTS {name}").as_str()).await?;
    Ok(())
}

async fn migrate(connection: &mut PgConnection, place: &str) -> Result<(), LogError> {
    let fail = |error: sqlx::Error| at(place, &error);
    let table = "CREATE TABLE IF NOT EXISTS log_migrations \
        (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())";
    let there: bool = sqlx::query_scalar("SELECT to_regclass('log_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(fail)?;
    if !there {
        connection.execute(table).await.map_err(fail)?;
    }
    let found: i32 = sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM log_migrations")
        .fetch_one(&mut *connection)
        .await
        .map_err(fail)?;
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    if found > known {
        return Err(LogError::Damaged(format!(
            "{place} was written by a newer Fieldlog: it has schema {found}, this program knows {known}"
        )));
    }
    for (number, name, sql) in MIGRATIONS.iter().filter(|(number, ..)| *number > found) {
        connection.execute(*sql).await.map_err(fail)?;
        sqlx::query("INSERT INTO log_migrations (number, name) VALUES ($1, $2)")
            .bind(number)
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(fail)?;
    }
    Ok(())
}
