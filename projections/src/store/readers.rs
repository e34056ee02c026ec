//! Connections that cannot write.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use super::schema;
use crate::error::ReadError;

/// Idle connections that are kept, each with its prepared statements; more than so many questions at once open their own.
const MAX_IDLE: usize = 16;
const STATEMENTS: usize = 96;
/// A writer never blocks a reader here; only the recovery after a crash does, for a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// A small pool of reading connections to one file.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn of(path: &Path) -> Arc<Self> {
        Arc::new(Self { path: path.to_owned(), idle: Mutex::default() })
    }

    /// Runs a question on the calling thread.
    pub(crate) fn with<T>(&self, question: impl FnOnce(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let connection = self.take()?;
        let answer = question(&connection);
        self.give_back(connection);
        answer
    }

    fn take(&self) -> rusqlite::Result<Connection> {
        match self.idle.lock().pop() {
            Some(connection) => Ok(connection),
            None => self.open(),
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "cache_size", -2_000)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    pub(super) fn close(&self) {
        self.idle.lock().clear();
    }
}

/// A connection inside one read transaction: all it answers is of the same moment.
pub(crate) struct Pinned {
    /// There until it is dropped.
    connection: Mutex<Option<Connection>>,
    readers: Arc<Readers>,
}

impl Pinned {
    pub(crate) fn of(readers: &Arc<Readers>) -> Result<Self, ReadError> {
        let connection = readers.take()?;
        connection.execute_batch("BEGIN")?;
        // Only the first read takes the moment.
        schema::position(&connection)?;
        Ok(Self { connection: Mutex::new(Some(connection)), readers: Arc::clone(readers) })
    }

    pub(crate) fn with<T>(&self, question: impl FnOnce(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        match &*self.connection.lock() {
            Some(connection) => question(connection),
            None => Err(rusqlite::Error::InvalidQuery.into()),
        }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.get_mut().take()
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            self.readers.give_back(connection);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    /// Depends on how SQLite is compiled: see `.cargo/config.toml`.
    #[test]
    fn a_statement_is_planned_once_whatever_its_parameters() {
        let connection = Connection::open_in_memory().unwrap();
        let schema =
            "CREATE TABLE t (a, b); CREATE INDEX t_some ON t (a) WHERE b = 0; INSERT INTO t VALUES (1, 0), (2, 1)";
        connection.execute_batch(schema).unwrap();
        let mut query = connection.prepare("SELECT count(*) FROM t WHERE a > ?1 AND b = ?2").unwrap();
        for (a, b) in [(0, 0), (1, 1), (5, 0)] {
            query.query_row((a, b), |row| row.get::<_, i64>(0)).unwrap();
            query.clear_bindings();
        }
        assert_eq!(query.get_status(StatementStatus::RePrepare), 0);
    }
}
