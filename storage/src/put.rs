//! Putting content in: received, verified, then visible all at once.

use bytes::Bytes;
use fieldlog_domain::{Md5Digest, Sha256Digest};
use futures::{Stream, stream};
use object_store::{ObjectStoreExt, PutPayload};

use crate::blocking::blocking;
use crate::error::{BoxError, DigestKind, PutError, StorageError};
use crate::receive::{Content, Received, Receiver};
use crate::s3;
use crate::stage::StagedFile;
use crate::storage::{Backend, Storage};

/// What a body may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutLimits {
    /// The largest content taken, in bytes.
    pub max_bytes: u64,
}

/// What the sender said about the content; checked before anything becomes visible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// Its SHA-256.
    pub sha256: Option<Sha256Digest>,
    /// Its MD5 (of the whole, not the ETag). Costs a second MD5 pass above 8 MiB.
    pub md5: Option<Md5Digest>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// A blob that is now in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its SHA-256, which is its name.
    pub digest: Sha256Digest,
    /// Its MD5: always known up to 8 MiB (where it equals the ETag), above only when the sender announced one.
    pub md5: Option<Md5Digest>,
    /// The S3-style ETag of 8 MiB parts that the field clients compare.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether the content was there already and was not written again.
    pub deduplicated: bool,
}

impl Storage {
    /// Stores a body under its digest.
    ///
    /// Bytes are taken in one pass and with a few MiB of memory whatever the size. When this returns an error,
    /// nothing of the body is left; when it is dropped, the same holds a moment later.
    pub async fn put<S, E>(&self, body: S, limits: PutLimits, expected: Expected) -> Result<StoredBlob, PutError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BoxError>,
    {
        if expected.size.is_some_and(|size| size > limits.max_bytes) {
            return Err(PutError::TooLarge { limit: limits.max_bytes });
        }
        let received = self.receive(body, limits, expected).await?;
        if let Err(mismatch) = expected.check(&received) {
            received.content.discard().await;
            return Err(mismatch);
        }
        let Received { content, sha256, md5, etag, size } = received;
        let deduplicated = self.publish(content, sha256, size).await?;
        Ok(StoredBlob { digest: sha256, md5, etag, size, deduplicated })
    }

    /// Stores content that is in memory already.
    pub async fn put_bytes(&self, content: Bytes) -> Result<StoredBlob, PutError> {
        let limits = PutLimits { max_bytes: content.len() as u64 };
        let body = stream::iter([Ok::<_, BoxError>(content)]);
        self.put(body, limits, Expected::default()).await
    }

    async fn receive<S, E>(&self, body: S, limits: PutLimits, expected: Expected) -> Result<Received, PutError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BoxError>,
    {
        let (in_memory, durable) = match &self.inner.backend {
            Backend::Memory => (u64::MAX, false),
            Backend::Disk(_) => (512 * 1024, true),
            Backend::S3(_) => (s3::PART_SIZE, false),
        };
        let inner = self.inner.clone();
        let stage = move || match &inner.backend {
            Backend::Disk(disk) => disk.stage(),
            Backend::Memory | Backend::S3(_) => StagedFile::unnamed(&inner.spool_dir),
        };
        let receiver = Receiver {
            max_bytes: limits.max_bytes,
            expected_size: expected.size,
            whole_md5: expected.md5.is_some(),
            in_memory,
            stage,
            durable,
        };
        receiver.receive(body).await
    }

    /// Makes verified content visible; says whether it was there already.
    async fn publish(&self, content: Content, digest: Sha256Digest, size: u64) -> Result<bool, StorageError> {
        match &self.inner.backend {
            Backend::Disk(disk) => {
                let disk = disk.clone();
                blocking(move || disk.publish(content, &digest, size)).await?
            }
            Backend::S3(_) => {
                // The content is whole, so a caller that goes away now need not stop it half-way.
                let storage = self.clone();
                crate::blocking::joined(tokio::spawn(async move { storage.publish_to_s3(content, digest, size).await }))
                    .await?
            }
            Backend::Memory => {
                if self.touch_if_present(&digest, size).await? {
                    return Ok(true);
                }
                let Content::Memory(blocks) = content else {
                    unreachable!("the memory backend stages nothing on disk")
                };
                let key = self.inner.keys.blob(&digest);
                self.inner
                    .store
                    .put(&key, PutPayload::from_iter(blocks))
                    .await
                    .map_err(|e| StorageError::store("put", e))?;
                Ok(false)
            }
        }
    }
}

impl Expected {
    fn check(&self, found: &Received) -> Result<(), PutError> {
        let mismatch = |kind, expected: String, found: String| PutError::DigestMismatch { kind, expected, found };
        if let Some(expected) = self.sha256
            && expected != found.sha256
        {
            return Err(mismatch(DigestKind::Sha256, expected.to_hex(), found.sha256.to_hex()));
        }
        if let (Some(expected), Some(found)) = (self.md5, found.md5)
            && expected != found
        {
            return Err(mismatch(DigestKind::Md5, expected.to_hex(), found.to_hex()));
        }
        Ok(())
    }
}
