//! Where values belong that found no column.

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_domain::change_set;
use fieldlog_projections::MappedColumn;

/// Where the values of a column belong that edits name and their layer does not have.
#[derive(InputObject)]
pub struct ColumnMappingInput {
    /// The layer, by its id in the QGIS project; the layers of the edits when this is left out.
    layer: Option<ID>,
    /// The column as devices have it.
    from: String,
    /// The column of the layer; the values are left out when this is null.
    to: Option<String>,
}

impl From<ColumnMappingInput> for change_set::ColumnMapping {
    fn from(input: ColumnMappingInput) -> Self {
        Self { layer: input.layer.map(|ID(layer)| layer), from: input.from, to: input.to }
    }
}

/// Where the values of a column of a layer belong, as somebody said last. It holds where the layer has no such column.
#[derive(SimpleObject)]
pub struct ColumnMapping {
    /// The layer, by its id in the QGIS project.
    layer: String,
    /// The column as devices have it.
    from: String,
    /// The column of the layer; null: the values are left out.
    to: Option<String>,
    /// When somebody said so; devices whose package was made later have the columns as they are.
    said_at: DateTime<Utc>,
}

impl From<MappedColumn> for ColumnMapping {
    fn from(mapped: MappedColumn) -> Self {
        let change_set::ColumnMapping { layer, from, to } = mapped.mapping;
        Self { layer: layer.unwrap_or_default(), from, to, said_at: mapped.said_at }
    }
}
