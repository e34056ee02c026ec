//! What QGIS found in a project file (QFieldCloud reference, section 8.5).

use serde::{Deserialize, Serialize};

/// What QGIS found in a project file. Credentials are redacted before it gets here.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectDetails {
    /// Title of the project.
    pub project_name: String,
    /// `EPSG:…` of the project.
    pub crs: String,
    /// Version of QGIS that looked, for example `3.40.6`.
    pub qgis_version: String,
    /// `#rrggbb`.
    pub background_color: String,
    /// WKT polygon in EPSG:4326, or empty.
    pub extent: String,
    /// WKT polygon in EPSG:4326, or empty.
    pub area_of_interest: String,
    /// Folders with photos and other attachments.
    pub attachment_dirs: Vec<String>,
    /// Folders that belong to the data.
    pub data_dirs: Vec<String>,
    /// The layers, top-most first.
    pub layers: Vec<Layer>,
    /// What whoever looks after the project should know, although it can be worked with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProjectProblem>,
}

impl ProjectDetails {
    /// Whether any vector layer is read from a server, so that its data may change without an upload.
    pub fn has_online_vector_layers(&self) -> bool {
        self.layers.iter().any(Layer::is_online_vector)
    }
}

/// One thing about a project that whoever looks after it should know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectProblem {
    /// QGIS's id of the layer that it is about; empty when it is about the project.
    pub layer_id: String,
    /// The layer as shown.
    pub layer_name: String,
    /// For programs, for example `newer_qgis`.
    pub code: String,
    /// For people.
    pub message: String,
}

/// One layer of a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Layer {
    /// QGIS's layer id.
    pub id: String,
    /// As shown.
    pub name: String,
    /// `EPSG:…`.
    pub crs: String,
    /// `Vector`, `Raster` …
    pub type_name: String,
    /// `Point`, `Line`, `Polygon` …; vector layers only.
    pub geom_type_name: Option<String>,
    /// `PointZ`, `MultiPolygon` …; vector layers only.
    pub wkb_type_name: Option<String>,
    /// `ogr`, `postgres`, `wms` …
    pub provider_name: String,
    /// Where the data is, without credentials.
    pub datasource: String,
    /// File inside the project, or empty.
    pub filename: String,
    /// Whether QGIS could open it.
    pub is_valid: bool,
    /// Whether it lies in a shared dataset that the server does not have.
    pub is_localized: bool,
    /// `no_error`, `invalid_layer`, `localized_dataprovider`, `invalid_dataprovider`, `missing_dataprovider`.
    pub error_code: String,
    /// One line for people.
    pub error_summary: String,
    /// More lines for people.
    pub error_message: String,
    /// What the data provider said.
    pub provider_error_summary: Option<String>,
    /// What the data provider said, in more lines.
    pub provider_error_message: Option<String>,
    /// What QField does with it: the raw `QFieldSync/cloud_action`.
    pub qfs_cloud_action: Option<String>,
    /// The column that identifies a feature, or empty.
    pub qfc_source_data_pk_name: String,
}

impl Layer {
    /// Whether it is a vector layer without a file (QFieldCloud reference, section 6.5).
    fn is_online_vector(&self) -> bool {
        let is_made_here = match self.provider_name.as_str() {
            "memory" => true,
            "virtual" => !self.datasource.contains("layer="),
            _ => false,
        };
        self.type_name == "Vector" && self.filename.is_empty() && !is_made_here
    }
}

/// A box in degrees, WGS 84. `west` may be larger than `east` across the date line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// Longitude of the left edge.
    pub west: f64,
    /// Latitude of the lower edge.
    pub south: f64,
    /// Longitude of the right edge.
    pub east: f64,
    /// Latitude of the upper edge.
    pub north: f64,
}

impl Extent {
    /// The box around a WKT `POLYGON ((x y, …))` as QGIS writes it; none when it is no such text.
    pub fn of_polygon_wkt(wkt: &str) -> Option<Self> {
        let wkt = wkt.trim();
        let rings = wkt.strip_prefix("Polygon").or_else(|| wkt.strip_prefix("POLYGON"))?.trim();
        let rings = rings.strip_prefix("((")?.strip_suffix("))")?;
        let mut extent: Option<Self> = None;
        for pair in rings.split(',') {
            let mut numbers =
                pair.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).filter(|n| !n.is_empty());
            let (x, y) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
            let e = extent.unwrap_or(Self { west: x, south: y, east: x, north: y });
            if !(f64::is_finite(x) && f64::is_finite(y)) || numbers.next().is_some() {
                return None;
            }
            extent =
                Some(Self { west: e.west.min(x), south: e.south.min(y), east: e.east.max(x), north: e.north.max(y) });
        }
        extent
    }

    /// Whether every edge is a number.
    pub fn is_finite(&self) -> bool {
        [self.west, self.south, self.east, self.north].into_iter().all(f64::is_finite)
    }
}
