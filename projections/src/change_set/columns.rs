//! Where the values of columns belong that edits name and their layers do not have.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use fieldlog_domain::change_set::ColumnMapping;
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_eventlog::Position;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::column::Cells;
use crate::error::ReadError;
use crate::view::View;

/// Where the values of a column of a layer belong, as somebody said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedColumn {
    /// The layer and its columns.
    pub mapping: ColumnMapping,
    /// When it was said.
    pub said: Position,
    /// When it was said.
    pub said_at: DateTime<Utc>,
    /// Who said it; none when nobody in particular did.
    pub said_by: Option<AccountId>,
}

impl View {
    /// Where the values of columns of a resource belong, by layer and column.
    pub fn mapped_columns(&self, resource: ResourceId) -> Result<Vec<MappedColumn>, ReadError> {
        let sql = "SELECT layer, name, is_now, said, said_at, said_by FROM change_set_column
                    WHERE resource = ?1 ORDER BY layer, name";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([resource.uuid()], |row| {
                let mut cells = Cells::of(row);
                let mapping = ColumnMapping { layer: cells.get()?, from: cells.get()?, to: cells.get()? };
                let (said, said_at) = (Position(cells.count()?), cells.time()?);
                Ok(MappedColumn { mapping, said, said_at, said_by: cells.id_if_any()? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// After which positions in the log these packages of a resource were made, as far as there are such packages: all that was
    /// before is in them.
    pub fn packages_made_after(
        &self,
        resource: ResourceId,
        packages: HashSet<Uuid>,
    ) -> Result<HashMap<Uuid, Position>, ReadError> {
        self.read_at_once(|connection| made_after(connection, resource, packages))
    }
}

/// See [`View::packages_made_after`].
pub(super) fn made_after(
    connection: &Connection,
    resource: ResourceId,
    packages: HashSet<Uuid>,
) -> Result<HashMap<Uuid, Position>, ReadError> {
    let sql = "SELECT claimed FROM job WHERE id = ?1 AND resource = ?2 AND kind = 'package' AND state = 'finished'
                   AND claimed IS NOT NULL";
    let mut query = connection.prepare_cached(sql)?;
    let mut made = HashMap::new();
    for package in packages {
        let after = query.query_row(params![package, resource.uuid()], |row| Cells::of(row).count()).optional()?;
        made.extend(after.map(|after| (package, Position(after))));
    }
    Ok(made)
}
