//! Whether storage works, for `doctor` and readiness.

use std::time::{Duration, Instant};

use bytes::Bytes;
use object_store::{ObjectStoreExt, PutPayload};
use uuid::Uuid;

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::storage::{Backend, Storage};

/// What a look at storage found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How long it took to write, read and delete a few bytes.
    pub round_trip: Duration,
    /// Bytes free on the file system, for storage on disk.
    pub free_bytes: Option<u64>,
    /// Bytes of the whole file system, for storage on disk.
    pub total_bytes: Option<u64>,
}

impl Storage {
    /// Writes, reads and deletes a probe.
    pub async fn check(&self) -> Result<Health, StorageError> {
        let key = self.inner.keys.probe(Uuid::new_v4());
        let content = Bytes::copy_from_slice(key.as_ref().as_bytes());
        let started = Instant::now();
        let failed = |doing: &'static str| move |error| StorageError::store(format!("{doing} a probe"), error);
        let store = &self.inner.store;
        store.put(&key, PutPayload::from_bytes(content.clone())).await.map_err(failed("writing"))?;
        let found = async { store.get(&key).await?.bytes().await }.await;
        self.delete_key(&key).await?;
        if found.map_err(failed("reading"))? != content {
            return Err(StorageError::Unavailable {
                doing: "reading a probe".into(),
                source: "storage gave back other bytes than it was given".into(),
            });
        }
        let round_trip = started.elapsed();
        let space = self.space().await?;
        Ok(Health { round_trip, free_bytes: space.map(|space| space.0), total_bytes: space.map(|space| space.1) })
    }

    async fn space(&self) -> Result<Option<(u64, u64)>, StorageError> {
        let Backend::Disk(disk) = &self.inner.backend else { return Ok(None) };
        let disk = disk.clone();
        let space = blocking(move || disk.space()).await?;
        space.map(Some).map_err(|error| StorageError::io("asking for free space", error))
    }
}
