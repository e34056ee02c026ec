//! SQLite files: how one is made, written and read.

mod file;
mod readers;
pub(crate) mod schema;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub(crate) use file::ModelFile;
pub(crate) use readers::{Pinned, Readers};
pub(crate) use writer::Writer;

use crate::error::ReadModelError;

/// Says which file it was.
pub(crate) fn in_file(path: &Path) -> impl Fn(rusqlite::Error) -> ReadModelError {
    move |source| ReadModelError::Sqlite { path: path.to_owned(), source: Arc::new(source) }
}

/// Says which file or folder it was.
pub(crate) fn at_path(path: &Path) -> impl Fn(std::io::Error) -> ReadModelError {
    move |source| ReadModelError::File { path: path.to_owned(), source: Arc::new(source) }
}
