//! Guesses a media type from a file name, for uploads that do not say.

use fieldlog_domain::shared::FilePath;

/// What the files of field projects are.
const BY_SUFFIX: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("cpg", "text/plain"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("dbf", "application/vnd.dbf"),
    ("fgb", "application/vnd.flatgeobuf"),
    ("geojson", "application/geo+json"),
    ("gif", "image/gif"),
    ("gml", "application/gml+xml"),
    ("gpkg", "application/geopackage+sqlite3"),
    ("gpx", "application/gpx+xml"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jp2", "image/jp2"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("kml", "application/vnd.google-earth.kml+xml"),
    ("kmz", "application/vnd.google-earth.kmz"),
    ("m4a", "audio/mp4"),
    ("mbtiles", "application/vnd.mapbox-vector-tile"),
    ("md", "text/markdown"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("prj", "text/plain"),
    ("py", "text/x-python"),
    ("qgs", "application/x-qgis-project"),
    ("qgz", "application/x-qgis-project"),
    ("qml", "text/plain"),
    ("shp", "application/vnd.shp"),
    ("shx", "application/vnd.shx"),
    ("sqlite", "application/vnd.sqlite3"),
    ("svg", "image/svg+xml"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

const UNKNOWN: &str = "application/octet-stream";

/// The media type that the suffix stands for.
pub fn guess(path: &FilePath) -> &'static str {
    let Some((_, suffix)) = path.file_name().rsplit_once('.') else { return UNKNOWN };
    let suffix = suffix.to_ascii_lowercase();
    BY_SUFFIX.iter().find(|(known, _)| *known == suffix).map_or(UNKNOWN, |(_, media_type)| media_type)
}

/// Whether a text can stand in a `Content-Type` header as it is.
pub(super) fn is_plausible(media_type: &str) -> bool {
    let is_short = media_type.len() <= 255;
    is_short && media_type.contains('/') && media_type.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}
