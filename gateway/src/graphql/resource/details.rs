//! What QGIS found in a project file.

use async_graphql::SimpleObject;
use fieldlog_domain::resource;

/// A box in degrees, WGS 84. `west` may be larger than `east` across the date line.
#[derive(SimpleObject)]
pub struct Extent {
    /// Longitude of the left edge.
    west: f64,
    /// Latitude of the lower edge.
    south: f64,
    /// Longitude of the right edge.
    east: f64,
    /// Latitude of the upper edge.
    north: f64,
}

impl From<resource::Extent> for Extent {
    fn from(extent: resource::Extent) -> Self {
        Self { west: extent.west, south: extent.south, east: extent.east, north: extent.north }
    }
}

/// What QGIS found in a project file, without credentials.
#[derive(SimpleObject)]
pub struct ProjectDetails {
    /// Title of the project.
    title: String,
    /// `EPSG:…` of the project.
    crs: String,
    /// Version of QGIS that looked.
    qgis_version: String,
    /// `#rrggbb`.
    background_color: String,
    /// WKT polygon in EPSG:4326, or empty.
    extent_wkt: String,
    /// WKT polygon in EPSG:4326, or empty.
    area_of_interest_wkt: String,
    /// Folders with photos and other attachments.
    attachment_dirs: Vec<String>,
    /// Folders that belong to the data.
    data_dirs: Vec<String>,
    /// The layers, top-most first.
    layers: Vec<Layer>,
    /// What whoever looks after the project should know, although it can be worked with.
    problems: Vec<ProjectProblem>,
}

impl From<resource::ProjectDetails> for ProjectDetails {
    fn from(details: resource::ProjectDetails) -> Self {
        Self {
            title: details.project_name,
            crs: details.crs,
            qgis_version: details.qgis_version,
            background_color: details.background_color,
            extent_wkt: details.extent,
            area_of_interest_wkt: details.area_of_interest,
            attachment_dirs: details.attachment_dirs,
            data_dirs: details.data_dirs,
            layers: details.layers.into_iter().map(Layer::from).collect(),
            problems: details.problems.into_iter().map(ProjectProblem::from).collect(),
        }
    }
}

/// One thing about a project that whoever looks after it should know.
#[derive(SimpleObject)]
pub struct ProjectProblem {
    /// QGIS's id of the layer that it is about; empty when it is about the project.
    layer_id: String,
    /// The layer as shown.
    layer_name: String,
    /// For programs, for example `newer_qgis`.
    code: String,
    /// For people.
    message: String,
}

impl From<resource::ProjectProblem> for ProjectProblem {
    fn from(problem: resource::ProjectProblem) -> Self {
        Self {
            layer_id: problem.layer_id,
            layer_name: problem.layer_name,
            code: problem.code,
            message: problem.message,
        }
    }
}

/// One layer of a project.
#[derive(SimpleObject)]
pub struct Layer {
    /// QGIS's layer id.
    layer_id: String,
    /// As shown.
    name: String,
    /// `EPSG:…`.
    crs: String,
    /// `Vector`, `Raster` …
    type_name: String,
    /// `Point`, `Line`, `Polygon` …; vector layers only.
    geometry_type: Option<String>,
    /// `PointZ`, `MultiPolygon` …; vector layers only.
    wkb_type: Option<String>,
    /// `ogr`, `postgres`, `wms` …
    provider: String,
    /// Where the data is.
    datasource: String,
    /// File inside the project, or empty.
    filename: String,
    /// Whether QGIS could open it.
    is_valid: bool,
    /// Whether it lies in a shared dataset that the server does not have.
    is_localized: bool,
    /// `no_error`, `invalid_layer`, `localized_dataprovider`, `invalid_dataprovider`, `missing_dataprovider`.
    error_code: String,
    /// One line for people.
    error_summary: String,
    /// More lines for people.
    error_message: String,
    /// What the data provider said.
    provider_error_summary: Option<String>,
    /// What the data provider said, in more lines.
    provider_error_message: Option<String>,
    /// What QField does with it.
    cloud_action: Option<String>,
    /// The column that identifies a feature, or empty.
    primary_key: String,
}

impl From<resource::Layer> for Layer {
    fn from(layer: resource::Layer) -> Self {
        Self {
            layer_id: layer.id,
            name: layer.name,
            crs: layer.crs,
            type_name: layer.type_name,
            geometry_type: layer.geom_type_name,
            wkb_type: layer.wkb_type_name,
            provider: layer.provider_name,
            datasource: layer.datasource,
            filename: layer.filename,
            is_valid: layer.is_valid,
            is_localized: layer.is_localized,
            error_code: layer.error_code,
            error_summary: layer.error_summary,
            error_message: layer.error_message,
            provider_error_summary: layer.provider_error_summary,
            provider_error_message: layer.provider_error_message,
            cloud_action: layer.qfs_cloud_action,
            primary_key: layer.qfc_source_data_pk_name,
        }
    }
}
