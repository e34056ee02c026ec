//! A file that is still being written and that nobody else can see.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use uuid::Uuid;

/// A staged file removes itself unless it was published.
#[derive(Debug)]
pub(crate) struct StagedFile {
    file: File,
    /// `None` when the file has no name, so that it vanishes with its last handle.
    path: Option<PathBuf>,
    /// Where it is, for messages.
    place: PathBuf,
}

impl StagedFile {
    /// A named file in `dir`, locked as long as it is being written so that [sweeping](crate::sweep) spares it.
    pub(crate) fn named(dir: &Path) -> io::Result<Self> {
        let path = dir.join(Uuid::new_v4().to_string());
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        let staged = Self { file, place: path.clone(), path: Some(path) };
        staged.file.lock()?;
        Ok(staged)
    }

    /// A file without a name in `dir`.
    pub(crate) fn unnamed(dir: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?, path: None, place: dir.into() })
    }

    pub(crate) fn write(&mut self, blocks: &[Bytes]) -> io::Result<()> {
        blocks.iter().try_for_each(|block| self.file.write_all(block))
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Gives the file its final name, on the same file system.
    pub(crate) fn publish(mut self, target: &Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            std::fs::rename(path, target)?;
            self.path = None;
        }
        Ok(())
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(error) = std::fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %path.display(), %error, "a staged file could not be removed; sweeping will");
        }
    }
}
