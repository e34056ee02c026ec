//! Questions about one resource or a few.

use fieldlog_domain::resource::{Extent, ProjectSettings, ResourceSource, Thumbnail};
use fieldlog_domain::{AccountId, ResourceId};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::ResourceRow;
use crate::column::Cells;
use crate::error::ReadError;
use crate::view::View;

macro_rules! resources {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            resource_columns!(),
            " FROM resource LEFT JOIN file_total ON file_total.resource = resource.id ",
            $rest
        )
    };
}

impl View {
    /// The resource with this id, also when it is retired.
    pub fn resource(&self, id: ResourceId) -> Result<Option<ResourceRow>, ReadError> {
        self.read(|connection| one(connection, resources!("WHERE resource.id = ?1"), [id.uuid()]))
    }

    /// How a resource came to be, when somebody did more than to name it.
    pub fn source(&self, resource: ResourceId) -> Result<Option<ResourceSource>, ReadError> {
        let sql = "SELECT source FROM resource_source WHERE resource = ?1";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            Ok(query.query_row([resource.uuid()], |row| Cells::of(row).json()).optional()?)
        })
    }

    /// Those of these resources that exist, in the order of `ids`.
    pub fn resources(&self, ids: &[ResourceId]) -> Result<Vec<ResourceRow>, ReadError> {
        self.read_at_once(|connection| {
            let read = |id: &ResourceId| one(connection, resources!("WHERE resource.id = ?1"), [id.uuid()]).transpose();
            ids.iter().filter_map(read).collect()
        })
    }

    /// The resource that bears this name under its owner now; retired ones bear none.
    pub fn resource_by_name(&self, owner: AccountId, name: &str) -> Result<Option<ResourceRow>, ReadError> {
        let sql = resources!("WHERE owner = ?1 AND name = ?2 AND is_retired = 0 ORDER BY key DESC LIMIT 1");
        self.read(|connection| one(connection, sql, (owner.uuid(), name)))
    }
}

/// The rows of these keys, with the keys.
pub(super) fn by_keys(connection: &Connection, keys: &[i64]) -> Result<Vec<(i64, ResourceRow)>, ReadError> {
    let mut query = connection.prepare_cached(resources!("WHERE key = ?1"))?;
    keys.iter().map(|key| Ok((*key, query.query_row([key], resource)?))).collect()
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<ResourceRow>, ReadError> {
    Ok(connection.prepare_cached(sql)?.query_row(params, resource).optional()?)
}

fn resource(row: &Row<'_>) -> rusqlite::Result<ResourceRow> {
    resource_of(&mut Cells::of(row))
}

/// Reads what `resources!` selects.
pub(crate) fn resource_of(cells: &mut Cells<'_, '_>) -> rusqlite::Result<ResourceRow> {
    Ok(ResourceRow {
        id: cells.id()?,
        kind: cells.word()?,
        owner: cells.id()?,
        name: cells.word()?,
        description: cells.get()?,
        visibility: cells.word()?,
        registered_at: cells.time()?,
        changed_at: cells.time()?,
        is_retired: cells.get()?,
        project_file: cells.word_if_any()?,
        ready: cells.id_if_any()?,
        latest: cells.id_if_any()?,
        extent: extent(cells)?,
        thumbnail: thumbnail(cells)?,
        file_count: cells.count()?,
        total_bytes: cells.count()?,
        kept_bytes: cells.count()?,
        data_changed_at: cells.time_if_any()?,
        restricted_data_changed_at: cells.time_if_any()?,
        settings: settings(cells)?,
    })
}

fn settings(cells: &mut Cells<'_, '_>) -> rusqlite::Result<ProjectSettings> {
    Ok(ProjectSettings {
        is_template: cells.get()?,
        is_featured: cells.get()?,
        has_attachments_on_demand: cells.get()?,
        has_restricted_files: cells.get()?,
        overwrites_conflicts: cells.get()?,
        public_role: cells.word()?,
        keep_versions: cells.get()?,
    })
}

fn extent(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<Extent>> {
    let sides: [Option<f64>; 4] = [cells.get()?, cells.get()?, cells.get()?, cells.get()?];
    Ok(match sides {
        [Some(west), Some(south), Some(east), Some(north)] => Some(Extent { west, south, east, north }),
        _ => None,
    })
}

fn thumbnail(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Option<Thumbnail>> {
    let (digest, media_type): (_, Option<String>) = (cells.sha256_if_any()?, cells.get()?);
    let size: Option<i64> = cells.get()?;
    Ok(match (digest, media_type, size) {
        (Some(digest), Some(media_type), Some(size)) => {
            Some(Thumbnail { digest, media_type, size: size.cast_unsigned() })
        }
        _ => None,
    })
}
