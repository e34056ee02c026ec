//! Goes on after a connection broke, from the byte where it broke.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use fieldlog_domain::Sha256Digest;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore};

use crate::error::StorageError;
use crate::storage::{Storage, missing};

/// How often in a row a connection may break without a single byte gained.
const ATTEMPTS: u32 = 3;

struct Download {
    storage: Storage,
    digest: Sha256Digest,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    left: Range<u64>,
    broken: u32,
}

/// A download that ends with all of `range` or with an error, never short.
pub(super) fn resuming(
    storage: Storage,
    digest: Sha256Digest,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StorageError>> {
    let download = Download { storage, digest, stream, left: range, broken: 0 };
    stream::try_unfold(
        download,
        |mut download| async move { Ok(download.next().await?.map(|chunk| (chunk, download))) },
    )
    .boxed()
}

impl Download {
    async fn next(&mut self) -> Result<Option<Bytes>, StorageError> {
        loop {
            if self.left.is_empty() {
                return Ok(None);
            }
            let broken = match self.stream.next().await {
                Some(Ok(chunk)) if chunk.is_empty() => continue,
                Some(Ok(chunk)) => {
                    self.left.start += chunk.len() as u64;
                    self.broken = 0;
                    return Ok(Some(chunk));
                }
                Some(Err(error)) => StorageError::store(self.doing(), error),
                None => StorageError::Unavailable {
                    doing: self.doing(),
                    source: format!("the download ended {} bytes early", self.left.end - self.left.start).into(),
                },
            };
            self.broken += 1;
            if self.broken >= ATTEMPTS {
                return Err(broken);
            }
            tracing::debug!(error = %broken, at = self.left.start, "a download broke off and is resumed");
            tokio::time::sleep(Duration::from_millis(100) * self.broken).await;
            self.reopen().await?;
        }
    }

    async fn reopen(&mut self) -> Result<(), StorageError> {
        let options = GetOptions { range: Some(GetRange::Bounded(self.left.clone())), ..GetOptions::default() };
        let inner = &self.storage.inner;
        let found = inner.store.get_opts(&inner.keys.blob(&self.digest), options).await;
        let found = found.map_err(|error| missing("resuming the download of", &self.digest, error))?;
        self.stream = match found.payload {
            GetResultPayload::Stream(stream) => stream,
            GetResultPayload::File(..) => unreachable!("files are not downloaded"),
        };
        Ok(())
    }

    fn doing(&self) -> String {
        format!("downloading {} at byte {}", self.digest, self.left.start)
    }
}
