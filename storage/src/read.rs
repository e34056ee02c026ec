//! Getting content out: whole or a range, streamed.

use std::ops::Range;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use fieldlog_domain::Sha256Digest;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore};
use sha2::{Digest, Sha256};

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::read::file::file_stream;
use crate::read::resume::resuming;
use crate::storage::{Storage, missing};

mod file;
mod resume;

/// A blob, or a range of one, about to be read.
pub struct BlobReader {
    /// The whole blob's size.
    pub size: u64,
    /// What the stream gives.
    pub range: Range<u64>,
    /// The bytes. An error in it means that they are not whole; an end without an error means that they are.
    pub stream: BoxStream<'static, Result<Bytes, StorageError>>,
    /// The blob as a file of this machine, where it is one: for servers that hand files out themselves. Never to be written.
    pub local_path: Option<PathBuf>,
}

/// What re-hashing a blob says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// Its bytes are what its name says.
    Whole {
        /// How many there are.
        size: u64,
    },
    /// They are not.
    Damaged {
        /// What they add up to.
        found: Sha256Digest,
        /// How many there are.
        size: u64,
    },
}

impl Storage {
    /// Opens a blob. A range that ends behind the blob ends with it; one that begins there is an error.
    pub async fn open_blob(
        &self,
        digest: &Sha256Digest,
        range: Option<Range<u64>>,
    ) -> Result<BlobReader, StorageError> {
        if range.as_ref().is_some_and(|range| range.end <= range.start) {
            let size = self.size(digest).await?;
            return no_bytes(size, range.unwrap_or_default());
        }
        let key = self.inner.keys.blob(digest);
        let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
        let found = match self.inner.store.get_opts(&key, options).await {
            Ok(found) => found,
            Err(error) => return Err(self.not_opened(digest, range, error).await),
        };
        let (size, range) = (found.meta.size, found.range.clone());
        let (stream, local_path) = match found.payload {
            GetResultPayload::File(file, path) => (file_stream(file, path.clone(), range.clone()), Some(path)),
            GetResultPayload::Stream(stream) => (resuming(self.clone(), *digest, stream, range.clone()), None),
        };
        Ok(BlobReader { size, range, stream, local_path })
    }

    /// Reads a blob of at most `max` bytes into memory.
    pub async fn read_to_bytes(&self, digest: &Sha256Digest, max: u64) -> Result<Bytes, StorageError> {
        let mut blob = self.open_blob(digest, None).await?;
        if blob.size > max {
            return Err(StorageError::TooLargeToHold { digest: *digest, limit: max, size: blob.size });
        }
        let first = blob.stream.try_next().await?.unwrap_or_default();
        if first.len() as u64 == blob.size {
            return Ok(first);
        }
        let mut content = BytesMut::with_capacity(usize::try_from(blob.size).unwrap_or_default());
        content.extend_from_slice(&first);
        while let Some(chunk) = blob.stream.try_next().await? {
            content.extend_from_slice(&chunk);
        }
        Ok(content.freeze())
    }

    /// Reads a blob again and compares it with its name.
    pub async fn verify(&self, digest: &Sha256Digest) -> Result<Integrity, StorageError> {
        let mut blob = self.open_blob(digest, None).await?;
        let mut sha256 = Sha256::new();
        let mut size = 0;
        while let Some(chunk) = blob.stream.try_next().await? {
            size += chunk.len() as u64;
            sha256 = blocking(move || sha256.chain_update(&chunk)).await?;
        }
        let found = Sha256Digest(sha256.finalize().into());
        Ok(if found == *digest { Integrity::Whole { size } } else { Integrity::Damaged { found, size } })
    }

    /// Tells a range that cannot be from a server that fails: they word it differently.
    async fn not_opened(
        &self,
        digest: &Sha256Digest,
        range: Option<Range<u64>>,
        error: object_store::Error,
    ) -> StorageError {
        let error = missing("opening blob", digest, error);
        match (error, range) {
            (error @ StorageError::NotFound { .. }, _) | (error, None) => error,
            (error, Some(requested)) => match self.size(digest).await {
                Ok(size) if requested.start >= size => StorageError::BadRange { requested, size },
                _ => error,
            },
        }
    }
}

/// An empty range, which S3 has no way to ask for.
fn no_bytes(size: u64, requested: Range<u64>) -> Result<BlobReader, StorageError> {
    if requested.end < requested.start || requested.start > size {
        return Err(StorageError::BadRange { requested, size });
    }
    Ok(BlobReader { size, range: requested, stream: stream::empty().boxed(), local_path: None })
}
