//! Removes blobs that nobody refers to, without taking one that someone is just putting again.

use chrono::{DateTime, Utc};
use fieldlog_domain::Sha256Digest;
use object_store::{ObjectStoreExt, path::Path};

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::storage::{Backend, Storage};

impl Storage {
    /// Removes a blob if nobody put it since `untouched_since`, and says whether it did.
    ///
    /// A put that finds its content already there writes nothing but counts as a touch. Whoever collects lets as much time
    /// pass after `untouched_since` as may pass between a put and the event that refers to it. On disk the look and
    /// the removal are one step for everyone; on S3 a put at that very moment could lose its blob, so keep hours between.
    pub async fn collect(&self, digest: &Sha256Digest, untouched_since: DateTime<Utc>) -> Result<bool, StorageError> {
        if let Backend::Disk(disk) = &self.inner.backend {
            let (disk, digest) = (disk.clone(), *digest);
            return blocking(move || disk.collect(&digest, untouched_since.into()))
                .await?
                .map_err(|error| StorageError::io(format!("collecting {digest}"), error));
        }
        let (blob, touch) = (self.inner.keys.blob(digest), self.inner.keys.touch(digest));
        let Some(written) = self.modified(&blob).await? else { return Ok(false) };
        let touched = self.modified(&touch).await?.unwrap_or(written);
        if written.max(touched) >= untouched_since {
            return Ok(false);
        }
        self.delete_key(&blob).await?;
        self.delete_key(&touch).await?;
        Ok(true)
    }

    async fn modified(&self, key: &Path) -> Result<Option<DateTime<Utc>>, StorageError> {
        match self.inner.store.head(key).await {
            Ok(object) => Ok(Some(object.last_modified)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StorageError::store(format!("looking at {key}"), error)),
        }
    }
}
