//! Events of files.

use fieldlog_domain::Md5Digest;
use fieldlog_domain::file::{FileEvent, SetAside, VersionSource};

use super::every_variant;
use crate::build::{digest, id, path};

every_variant! { FileEvent:
    FileVersionAdded {
        resource: id(1),
        path: path("data/Pegelstände.gpkg"),
        version: id(101),
        digest: digest("bytes"),
        md5: Some(Md5Digest([0xab; 16])),
        etag: "abababababababababababababababab".to_owned(),
        size: 98_304,
        media_type: "application/geopackage+sqlite3".to_owned(),
        source: VersionSource::Upload,
    }
    FileVersionAdded {
        resource: id(1),
        path: path("data/gauges.gpkg"),
        version: id(102),
        digest: digest("more bytes"),
        md5: None,
        etag: "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd-3".to_owned(),
        size: 20_000_000,
        media_type: "application/geopackage+sqlite3".to_owned(),
        source: VersionSource::Job { job: id(9) },
    }
    FileVersionRestored { version: id(103), restored: id(101) }
    FileVersionDeleted { version: id(102) }
    FileDeleted { because: None }
    FileDeleted { because: Some(SetAside::TakenIn { job: id(9) }) }
    FileDeleted { because: Some(SetAside::LeftOver { main: path("data/gauges.gpkg") }) }
    FileDeleted { because: Some(SetAside::GoneWith { main: path("data/gauges.gpkg") }) }
    FileVersionPurged { version: id(101) }
}
