//! Files and their versions, and which blobs are still needed.

/// The columns of a version after `$first`, and its file.
macro_rules! versions {
    ($first:literal, $filter:literal) => {
        concat!(
            "SELECT ",
            $first,
            ", file_version.id, file.id, file.resource, file.path, number, digest, md5, etag, size, media_type, job,
                 restored, added_by, added_at, is_deleted, is_purged, file.current IS file_version.key, file_version.key
             FROM file_version JOIN file ON file.key = file_version.file
             WHERE ",
            $filter
        )
    };
}

mod blobs;
mod brought;
mod held;
mod job_blobs;
mod projector;
mod queries;
mod rows;
mod versions;

pub use projector::FileProjector;
pub use rows::{FileRow, VersionRow};
