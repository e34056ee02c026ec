//! Open a version of a file that somebody may read.

use std::ops::Range;

use fieldlog_projections::{VersionRow, View};
use fieldlog_storage::BlobReader;

use super::{FindFile, find_file};
use crate::{App, CommandError, Never, Viewer};

/// A file, ready to be read.
pub struct OpenedFile {
    /// What is known of it.
    pub version: VersionRow,
    /// Its bytes.
    pub reader: BlobReader,
}

/// Open a version of a file that somebody may read, or a range of it.
pub async fn open_file(
    app: &App,
    viewer: &Viewer,
    view: &View,
    input: FindFile,
    range: Option<Range<u64>>,
) -> Result<OpenedFile, CommandError<Never>> {
    let version = find_file(app, viewer, view, input)?;
    let reader = app.storage().open_blob(&version.digest, range).await?;
    Ok(OpenedFile { version, reader })
}
