//! The one connection that writes a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fieldlog_eventlog::Position;
use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

use super::{at_path, in_file, schema};
use crate::error::ReadModelError;
use crate::projector::{PROJECTIONS, Projection, Recorded, Tables};

const STATEMENTS: usize = 96;

/// Folds events into one file.
pub(crate) struct Writer {
    path: PathBuf,
    connection: Connection,
    /// Which tables are folded.
    projections: Vec<&'static dyn Projection>,
    position: Position,
    /// Whether what is made last is there.
    is_complete: bool,
}

impl Writer {
    /// Makes a new file in a hurry: if this breaks off, the file is worth nothing.
    pub(crate) fn build(path: &Path, log_id: Uuid) -> Result<Self, ReadModelError> {
        let connection = hurried(path)?;
        schema::create(&connection, log_id).map_err(in_file(path))?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            projections: PROJECTIONS.to_vec(),
            position: Position::START,
            is_complete: false,
        })
    }

    /// Empties one projection of a copy in a hurry, so that it can be folded anew.
    pub(crate) fn refold(path: &Path, projection: &'static dyn Projection) -> Result<Self, ReadModelError> {
        let connection = hurried(path)?;
        let empty = || {
            schema::drop_tables(&connection, projection)?;
            schema::create_tables(&connection, projection)
        };
        empty().map_err(in_file(path))?;
        let (projections, position) = (vec![projection], Position::START);
        Ok(Self { path: path.to_owned(), connection, projections, position, is_complete: false })
    }

    /// Goes on with a complete copy in a hurry.
    pub(crate) fn go_on(path: &Path) -> Result<Self, ReadModelError> {
        Self::complete(path, hurried(path)?)
    }

    /// Goes on with a complete file beside its readers. What was folded survives a crash of the process, and of the
    /// machine but for the last moments, which are folded again.
    pub(crate) fn follow(path: &Path) -> Result<Self, ReadModelError> {
        let set_up = || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
            connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
            connection.pragma_update(None, "cache_size", -8_000)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(connection)
        };
        Self::complete(path, set_up().map_err(in_file(path))?)
    }

    fn complete(path: &Path, connection: Connection) -> Result<Self, ReadModelError> {
        let position = schema::position(&connection).map_err(in_file(path))?;
        Ok(Self { path: path.to_owned(), connection, projections: PROJECTIONS.to_vec(), position, is_complete: true })
    }

    /// The last event folded.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Folds events in one transaction with the checkpoint; those that were folded already are passed over.
    pub(crate) fn fold(&mut self, events: &[Recorded]) -> Result<(), ReadModelError> {
        match events.last() {
            Some(last) if last.position > self.position => self.fold_all(std::iter::once(events)),
            Some(_) | None => Ok(()),
        }
    }

    /// The same with events that come page by page, as many as there are.
    pub(crate) fn fold_all(&mut self, pages: impl Iterator<Item: AsRef<[Recorded]>>) -> Result<(), ReadModelError> {
        let (found, last) = self.in_transaction(pages).map_err(in_file(&self.path))?;
        if found != self.position {
            return Err(ReadModelError::FoldedByAnother { path: self.path.clone(), found, expected: self.position });
        }
        self.position = last;
        Ok(())
    }

    /// Folds nothing when the file is not where this writer left it. Where it was, and where it is.
    fn in_transaction(
        &mut self,
        pages: impl Iterator<Item: AsRef<[Recorded]>>,
    ) -> rusqlite::Result<(Position, Position)> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = schema::position(&transaction)?;
        if found != self.position {
            return Ok((found, found));
        }
        let tables = Tables::new(&transaction, self.is_complete);
        let mut position = found;
        for page in pages {
            let events = page.as_ref();
            let new = &events[events.partition_point(|event| event.position <= position)..];
            for event in new {
                for projection in &self.projections {
                    projection.project(&tables, event)?;
                }
            }
            for projection in &self.projections {
                projection.conclude(&tables, new)?;
            }
            position = new.last().map_or(position, |event| event.position);
        }
        for projection in &self.projections {
            schema::advance(&transaction, *projection, position)?;
        }
        transaction.commit()?;
        Ok((found, position))
    }

    /// Makes what is made last and sees the file safely to the disk.
    pub(crate) fn finish(self) -> Result<(), ReadModelError> {
        let Self { path, connection, projections, is_complete, .. } = self;
        if !is_complete {
            // The pages are not needed again; their memory is, for sorting.
            connection.pragma_update(None, "threads", 1).map_err(in_file(&path))?;
            for projection in projections {
                connection.execute_batch(projection.made_last()).map_err(in_file(&path))?;
            }
        }
        connection.close().map_err(|(_, error)| in_file(&path)(error))?;
        std::fs::File::open(&path).and_then(|file| file.sync_all()).map_err(at_path(&path))
    }
}

/// No journal, no waiting for the disk, nobody else.
fn hurried(path: &Path) -> Result<Connection, ReadModelError> {
    let set_up = || {
        let connection = Connection::open(path)?;
        connection.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "cache_size", -96_000)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    set_up().map_err(in_file(path))
}
