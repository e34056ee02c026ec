//! What is in a file, and which shape it has.

use std::path::Path;
use std::sync::LazyLock;

use fieldlog_domain::Sha256Digest;
use fieldlog_eventlog::Position;
use rusqlite::{Connection, OpenFlags, params};
use uuid::Uuid;

use super::in_file;
use crate::column::integer;
use crate::error::ReadModelError;
use crate::projector::{PROJECTIONS, Projection};

/// "FLrm", so that other programs' files are told apart.
const APPLICATION_ID: i32 = 0x464C_726D;

const MODEL: &str = include_str!("../../../migrations/readmodel/model.sql");

/// Names the shape of today's files: another table, another version of a projector, another name.
static SHAPE: LazyLock<String> = LazyLock::new(|| {
    let parts = PROJECTIONS.iter().map(|it| format!("{} {}\n{}\n", it.name(), it.version(), it.schema()));
    let mut shape = Sha256Digest::of(format!("{MODEL}\n{}", parts.collect::<String>()).as_bytes()).to_hex();
    shape.truncate(12);
    shape
});

/// See [`SHAPE`].
pub(crate) fn shape() -> &'static str {
    &SHAPE
}

/// What a file is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) log_id: Uuid,
    pub(crate) shape: String,
    /// The last event that all projections have folded.
    pub(crate) position: Position,
}

/// Makes all tables, without what is made last.
pub(super) fn create(connection: &Connection, log_id: Uuid) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.execute_batch(MODEL)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.execute("INSERT INTO model (only, log_id, schema) VALUES (1, ?1, ?2)", params![log_id, shape()])?;
    PROJECTIONS.iter().try_for_each(|projection| create_tables(connection, *projection))?;
    connection.execute_batch("COMMIT")
}

/// Makes the tables of one projection, empty and not folded.
pub(super) fn create_tables(connection: &Connection, projection: &dyn Projection) -> rusqlite::Result<()> {
    connection.execute_batch(projection.tables())?;
    connection.execute(
        "INSERT INTO checkpoint (projection, version, position) VALUES (?1, ?2, 0)
         ON CONFLICT (projection) DO UPDATE SET version = excluded.version, position = 0",
        params![projection.name(), projection.version()],
    )?;
    Ok(())
}

/// Drops the tables of one projection; all their names begin with its name.
pub(super) fn drop_tables(connection: &Connection, projection: &dyn Projection) -> rusqlite::Result<()> {
    // Tables that a virtual table made for itself go with it.
    let mut query = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name = ?1 OR substr(name, 1, length(?1) + 1) = ?1 || '_')
         ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC",
    )?;
    let names: Vec<String> = query.query_map([projection.name()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS \"{name}\""))?;
    }
    Ok(())
}

/// What the file at `path` is of; none when it is no read model.
pub(crate) fn inspect(path: &Path) -> Result<Option<Contents>, ReadModelError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(in_file(path))?;
    let application: Result<i32, _> = connection.pragma_query_value(None, "application_id", |row| row.get(0));
    match application {
        Ok(APPLICATION_ID) => contents(&connection).map(Some).map_err(in_file(path)),
        Ok(_) => Ok(None),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => Ok(None),
        Err(error) => Err(in_file(path)(error)),
    }
}

/// What the open file is of.
pub(super) fn contents(connection: &Connection) -> rusqlite::Result<Contents> {
    let (log_id, shape) =
        connection.query_row("SELECT log_id, schema FROM model", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Contents { log_id, shape, position: position(connection)? })
}

/// The last event that all projections have folded.
pub(crate) fn position(connection: &Connection) -> rusqlite::Result<Position> {
    let mut query = connection.prepare_cached("SELECT min(position) FROM checkpoint")?;
    query.query_row([], |row| row.get::<_, i64>(0)).map(|position| Position(position.cast_unsigned()))
}

/// Moves the checkpoint of one projection.
pub(super) fn advance(connection: &Connection, projection: &dyn Projection, to: Position) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE checkpoint SET position = ?2 WHERE projection = ?1")?;
    statement.execute(params![projection.name(), integer(to.0)]).map(|_| ())
}
