//! Clears away what dead uploads left.

use std::time::Duration;

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::storage::{Backend, Storage};

impl Storage {
    /// Removes the remains of uploads that were started longer than `older_than` ago and whose process died. Returns how many.
    ///
    /// On disk an upload that is still alive is never touched, however old. On S3 it cannot be told apart from a dead one,
    /// so `older_than` must exceed the time that the largest upload takes from here to S3.
    pub async fn sweep_staging(&self, older_than: Duration) -> Result<usize, StorageError> {
        match &self.inner.backend {
            Backend::Memory => Ok(0),
            Backend::Disk(disk) => {
                let disk = disk.clone();
                blocking(move || disk.sweep(older_than))
                    .await?
                    .map_err(|error| StorageError::io("sweeping dead uploads", error))
            }
            Backend::S3(s3) => self.sweep_uploads(s3, older_than).await,
        }
    }
}
