//! Opening the file: what is in it, what should be, and how connections are set up.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::error::in_file;
use crate::port::LogError;

/// "FLog", so that other programs' files are told apart.
const APPLICATION_ID: i32 = 0x464C_6F67;

const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/sqlite/0001_event_log.sql")];

/// Opens the file for writing, making it or bringing it up to date first.
pub(super) fn open(path: &Path, patience: Duration, now: DateTime<Utc>) -> Result<(Connection, Uuid), LogError> {
    let mut connection = writing(path, patience)?;
    let fail = |error| in_file(path, error);
    recognise(&connection, path)?;
    into_wal(&connection, patience).map_err(fail)?;
    migrate(&mut connection, path, now)?;
    let id: Option<Uuid> = connection.query_row("SELECT id FROM log", [], |row| row.get(0)).optional().map_err(fail)?;
    let id = id
        .ok_or_else(|| LogError::Damaged(format!("{} has no log id, expected one row in table log", path.display())))?;
    Ok((connection, id))
}

/// A connection that may write; never checkpoints on the way, the housekeeper does.
pub(super) fn writing(path: &Path, patience: Duration) -> Result<Connection, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| in_file(path, error))?;
    set_up_writing(&mut connection, patience).map_err(|error| in_file(path, error))?;
    Ok(connection)
}

fn set_up_writing(connection: &mut Connection, patience: Duration) -> rusqlite::Result<()> {
    // Shorter steps than SQLite's own handler: a free moment between two commits of another process is short.
    let mut since = Instant::now();
    connection.busy_handler(Some(move |attempts| {
        if attempts == 0 {
            since = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(if attempts < 100 { 1 } else { 5 }));
        since.elapsed() < patience
    }))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// A connection that cannot write.
pub(super) fn reading(path: &Path, patience: Duration) -> Result<Connection, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| in_file(path, error))?;
    connection.busy_timeout(patience).map_err(|error| in_file(path, error))?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

fn recognise(connection: &Connection, path: &Path) -> Result<(), LogError> {
    let fail = |error| in_file(path, error);
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fail)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
    if application == APPLICATION_ID || (application == 0 && tables == 0) {
        return Ok(());
    }
    Err(LogError::Damaged(format!(
        "{} is an SQLite file of another program (application id {application:#010x}, {tables} tables and indexes), \
         expected an event log ({APPLICATION_ID:#010x}) or no file",
        path.display()
    )))
}

/// Changing the journal mode does not ask the busy handler.
fn into_wal(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other.map(|_| ()),
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path, now: DateTime<Utc>) -> Result<(), LogError> {
    let fail = |error| in_file(path, error);
    let known = MIGRATIONS.len();
    let version = |connection: &Connection| -> Result<usize, LogError> {
        connection
            .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
            .map(|found| found as usize)
            .map_err(fail)
    };
    let found = version(connection)?;
    if found > known {
        return Err(LogError::Damaged(format!(
            "{} was written by a newer Fieldlog: it has schema {found}, this program knows {known}",
            path.display()
        )));
    }
    if found == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    // Again, under the lock: another process may have been here first.
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(version(&transaction)?) {
        transaction.execute_batch(migration).map_err(fail)?;
        transaction.pragma_update(None, "user_version", index as u32 + 1).map_err(fail)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(fail)?;
    transaction
        .execute(
            "INSERT INTO log (single, id, created_at) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
            (Uuid::now_v7(), now.timestamp_micros()),
        )
        .map_err(fail)?;
    transaction.commit().map_err(fail)
}
