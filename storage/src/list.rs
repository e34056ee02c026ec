//! What is there.

use chrono::{DateTime, Utc};
use fieldlog_domain::Sha256Digest;
use futures::future::ready;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;

use crate::error::StorageError;
use crate::storage::Storage;

/// One blob of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    /// Its digest.
    pub digest: Sha256Digest,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written; on disk, when it was last put. [`Storage::collect`] knows better on every backend.
    pub modified: DateTime<Utc>,
}

impl Storage {
    /// All blobs, in no particular order. What lies between them and is none is left out.
    pub fn list(&self) -> BoxStream<'static, Result<BlobEntry, StorageError>> {
        let keys = self.inner.keys.clone();
        let blobs = self.inner.store.list(Some(&keys.blobs()));
        blobs
            .map_err(|error| StorageError::store("listing blobs", error))
            .try_filter_map(move |object| {
                let digest = keys.digest_of(&object.location);
                ready(Ok(digest.map(|digest| BlobEntry { digest, size: object.size, modified: object.last_modified })))
            })
            .boxed()
    }
}
