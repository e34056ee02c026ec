//! Takes out what a container left, without trusting any of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use thiserror::Error;

/// Why a file that a container left is not taken.
#[derive(Debug, Error)]
pub(crate) enum BadOutput {
    /// It is a link, a folder, a pipe or a device.
    #[error("expected a plain file, found something else")]
    NotAFile,
    /// It is larger than allowed.
    #[error("expected at most {limit} bytes, found more")]
    TooLarge {
        /// What is allowed.
        limit: u64,
    },
    /// The disk's words.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Reads a file directly in `folder`; none when there is no such file.
pub(crate) fn read_output(folder: &Path, name: &str, limit: u64) -> Result<Option<Bytes>, BadOutput> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = openat(CWD, folder, flags | OFlags::DIRECTORY, Mode::empty()).map_err(io::Error::from)?;
    // Without NONBLOCK a pipe would be waited for until somebody writes to it.
    let file = match openat(&folder, name, flags | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP | Errno::NXIO) => return Err(BadOutput::NotAFile),
        Err(other) => return Err(io::Error::from(other).into()),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(BadOutput::NotAFile);
    }
    if metadata.len() > limit {
        return Err(BadOutput::TooLarge { limit });
    }
    let mut content = Vec::with_capacity(metadata.len() as usize);
    // It may grow while it is read.
    file.take(limit + 1).read_to_end(&mut content)?;
    match content.len() as u64 > limit {
        true => Err(BadOutput::TooLarge { limit }),
        false => Ok(Some(content.into())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_plain_file_is_read_and_a_missing_one_is_none() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "12345").unwrap();
        assert_eq!(read_output(dir.path(), "a", 5).unwrap().unwrap(), "12345");
        assert!(read_output(dir.path(), "b", 5).unwrap().is_none());
    }

    #[test]
    fn anything_but_a_plain_file_within_bounds_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("large"), "123456").unwrap();
        symlink("/etc/passwd", path("link")).unwrap();
        symlink("large", path("link within")).unwrap();
        std::fs::create_dir(path("folder")).unwrap();
        rustix::fs::mknodat(CWD, path("pipe"), rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert!(matches!(read_output(dir.path(), "large", 5), Err(BadOutput::TooLarge { limit: 5 })));
        for name in ["link", "link within", "folder", "pipe"] {
            assert!(matches!(read_output(dir.path(), name, 1_000_000), Err(BadOutput::NotAFile)), "{name}");
        }
    }

    #[test]
    fn a_folder_that_became_a_link_is_not_entered() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/etc", dir.path().join("io")).unwrap();
        assert!(matches!(read_output(&dir.path().join("io"), "passwd", 1_000_000), Err(BadOutput::Io(_))));
    }
}
