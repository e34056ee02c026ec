//! One file, as long as somebody reads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Readers;

/// A file that somebody reads. When it is outdated it goes with its last reader.
pub(crate) struct ModelFile {
    path: PathBuf,
    readers: Arc<Readers>,
    is_outdated: AtomicBool,
}

impl ModelFile {
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), readers: Readers::of(path), is_outdated: AtomicBool::new(false) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn readers(&self) -> &Arc<Readers> {
        &self.readers
    }

    /// Nobody new will read it.
    pub(crate) fn outdate(&self) {
        self.is_outdated.store(true, Ordering::Release);
    }

    /// Removes a file and what SQLite keeps beside it.
    pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Drop for ModelFile {
    fn drop(&mut self) {
        if !self.is_outdated.load(Ordering::Acquire) {
            return;
        }
        self.readers.close();
        match Self::remove(&self.path) {
            Ok(()) => tracing::debug!(path = %self.path.display(), "removed an outdated read model"),
            Err(error) => tracing::warn!(path = %self.path.display(), %error, "an outdated read model stays"),
        }
    }
}
