//! The handle on storage.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use fieldlog_domain::Sha256Digest;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::disk::Disk;
use crate::error::StorageError;
use crate::keys::Keys;
use crate::options::StorageOptions;
use crate::s3::S3;
use crate::storage_url::StorageUrl;

/// Blobs by digest. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct Storage {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) url: StorageUrl,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) backend: Backend,
    pub(crate) keys: Keys,
    pub(crate) spool_dir: PathBuf,
}

/// What `object_store` does not do for us, or not well, on each backend.
pub(crate) enum Backend {
    Memory,
    Disk(Arc<Disk>),
    S3(S3),
}

impl Storage {
    /// Opens storage. Folders are made; an S3 server is not asked anything yet (see [`check`](Self::check)).
    pub fn open(url: &StorageUrl, options: &StorageOptions) -> Result<Self, StorageError> {
        let opening = |error| StorageError::store(format!("opening {url}"), error);
        let (store, backend, prefix): (Arc<dyn ObjectStore>, _, _) = match url {
            StorageUrl::Memory => (Arc::new(InMemory::new()), Backend::Memory, Path::default()),
            StorageUrl::File(root) => {
                let disk = Disk::open(root)?;
                let store = LocalFileSystem::new_with_prefix(disk.root()).map_err(opening)?.with_fsync(true);
                (Arc::new(store), Backend::Disk(Arc::new(disk)), Path::default())
            }
            StorageUrl::S3 { bucket, prefix } => {
                let s3 = S3::open(bucket, &options.s3).map_err(opening)?;
                let prefix = Path::parse(prefix).map_err(|error| opening(error.into()))?;
                (s3.store(), Backend::S3(s3), prefix)
            }
        };
        let spool_dir = options.spool_dir.clone().unwrap_or_else(std::env::temp_dir);
        let inner = Inner { url: url.clone(), store, backend, keys: Keys::below(prefix), spool_dir };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Storage in this process's memory, for tests.
    pub fn in_memory() -> Self {
        Self::open(&StorageUrl::Memory, &StorageOptions::default()).expect("memory is always there")
    }

    /// Where this storage is.
    pub fn url(&self) -> &StorageUrl {
        &self.inner.url
    }

    /// Whether there is such a blob.
    pub async fn exists(&self, digest: &Sha256Digest) -> Result<bool, StorageError> {
        match self.size(digest).await {
            Ok(_) => Ok(true),
            Err(StorageError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How many bytes a blob has.
    pub async fn size(&self, digest: &Sha256Digest) -> Result<u64, StorageError> {
        let found = self.inner.store.head(&self.inner.keys.blob(digest)).await;
        Ok(found.map_err(|error| missing("looking for a blob", digest, error))?.size)
    }

    /// Where a blob lies below the folder of all blobs, for storage on disk: `ab/cd/<sha256>`. For servers that hand files out
    /// themselves; whether the blob is there is not looked at.
    pub fn path_of(&self, digest: &Sha256Digest) -> Option<String> {
        let is_on_disk = matches!(self.inner.backend, Backend::Disk(_));
        is_on_disk.then(|| self.inner.keys.below_blobs(digest))
    }

    /// Removes a blob, whoever may still need it; to remove what nobody needs there is [`collect`](Self::collect).
    ///
    /// Removing what is not there is no error.
    pub async fn delete(&self, digest: &Sha256Digest) -> Result<(), StorageError> {
        self.delete_key(&self.inner.keys.blob(digest)).await?;
        if !matches!(self.inner.backend, Backend::Disk(_)) {
            self.delete_key(&self.inner.keys.touch(digest)).await?;
        }
        Ok(())
    }

    pub(crate) async fn delete_key(&self, key: &Path) -> Result<(), StorageError> {
        match self.inner.store.delete(key).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StorageError::store(format!("deleting {key}"), error)),
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({})", self.inner.url)
    }
}

/// A store's "not found", where what was looked for is a blob.
///
/// A missing bucket is "not found" too, but it is the configuration that is wrong then.
pub(crate) fn missing(doing: &str, digest: &Sha256Digest, error: object_store::Error) -> StorageError {
    match error {
        object_store::Error::NotFound { ref source, .. } if !source.to_string().contains("NoSuchBucket") => {
            StorageError::NotFound { digest: *digest }
        }
        other => StorageError::store(format!("{doing} {digest}"), other),
    }
}
