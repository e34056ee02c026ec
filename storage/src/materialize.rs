//! Makes a blob a file of its own, for programs that want one and may change it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fieldlog_domain::Sha256Digest;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::storage::{Backend, Storage};

impl Storage {
    /// Copies a blob to `target`, replacing what is there, and returns its size.
    ///
    /// From disk the kernel copies (sharing blocks where the file system can), from S3 the download is checked against
    /// the digest. Never a hard link: whoever gets the file may write to it. After an error there is no file.
    pub async fn materialize(&self, digest: &Sha256Digest, target: &Path) -> Result<u64, StorageError> {
        let done = match &self.inner.backend {
            Backend::Disk(disk) => {
                let (blob, digest, target) = (disk.blob(digest), *digest, target.to_path_buf());
                blocking(move || copy(&blob, &digest, &target)).await?
            }
            Backend::Memory | Backend::S3(_) => self.download(digest, target).await,
        };
        if done.is_err() {
            let target = target.to_path_buf();
            let _ = blocking(move || std::fs::remove_file(target)).await;
        }
        done
    }

    async fn download(&self, digest: &Sha256Digest, target: &Path) -> Result<u64, StorageError> {
        let mut blob = self.open_blob(digest, None).await?;
        let path: PathBuf = target.into();
        let (opened, path) = blocking(move || (File::create(&path), path)).await?;
        let mut file = opened.map_err(|error| writing(&path, error))?;
        let mut sha256 = Sha256::new();
        while let Some(chunk) = blob.stream.try_next().await? {
            let written = blocking(move || {
                file.write_all(&chunk)?;
                sha256.update(&chunk);
                Ok((file, sha256))
            });
            (file, sha256) = written.await?.map_err(|error| writing(&path, error))?;
        }
        let found = Sha256Digest(sha256.finalize().into());
        if found != *digest {
            return Err(StorageError::Damaged { expected: *digest, found, size: blob.size });
        }
        Ok(blob.size)
    }
}

fn copy(blob: &Path, digest: &Sha256Digest, target: &Path) -> Result<u64, StorageError> {
    let mut from = File::open(blob).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StorageError::NotFound { digest: *digest },
        _ => StorageError::io(format!("opening {}", blob.display()), error),
    })?;
    let mut to = File::create(target).map_err(|error| writing(target, error))?;
    io::copy(&mut from, &mut to).map_err(|error| writing(target, error))
}

fn writing(target: &Path, error: io::Error) -> StorageError {
    StorageError::io(format!("writing {}", target.display()), error)
}
