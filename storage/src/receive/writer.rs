//! Writes a staged file, and lets the disk begin early with what a sync at the end would have to wait for.

use std::io;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::blocking::{blocking, joined};
use crate::error::StorageError;
use crate::stage::StagedFile;

/// How much is written before the disk is asked to keep it.
const SYNC_EVERY: u64 = 32 * 1024 * 1024;

pub(super) struct Writer {
    file: StagedFile,
    durable: bool,
    unsynced: u64,
    sync: Option<JoinHandle<io::Result<()>>>,
}

impl Writer {
    pub(super) fn of(file: StagedFile, durable: bool) -> Self {
        Self { file, durable, unsynced: 0, sync: None }
    }

    /// Appends blocks; runs on a thread that may block.
    pub(super) fn write(&mut self, blocks: &[Bytes]) -> Result<(), StorageError> {
        self.file.write(blocks).map_err(|error| self.failed(error))?;
        self.unsynced += blocks.iter().map(|block| block.len() as u64).sum::<u64>();
        let idle = self.sync.as_ref().is_none_or(JoinHandle::is_finished);
        if self.durable && idle && self.unsynced >= SYNC_EVERY {
            self.last_sync()?;
            let handle = self.file.file().try_clone().map_err(|error| self.failed(error))?;
            self.sync = Some(spawn_blocking(move || handle.sync_data()));
            self.unsynced = 0;
        }
        Ok(())
    }

    /// The result of a sync that has ended. An error of the disk is told once, to this sync only, so it must not be lost.
    fn last_sync(&mut self) -> Result<(), StorageError> {
        use futures::FutureExt;
        match self.sync.take().and_then(FutureExt::now_or_never) {
            Some(Ok(Err(error))) => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    /// All is written; what is not yet synced is left to whoever publishes the file.
    pub(super) async fn finish(mut self) -> Result<StagedFile, StorageError> {
        if let Some(sync) = self.sync.take() {
            joined(sync).await?.map_err(|error| self.failed(error))?;
        }
        Ok(self.file)
    }

    /// Removes the file.
    pub(super) async fn discard(mut self) {
        if let Some(sync) = self.sync.take() {
            let _ = joined(sync).await;
        }
        let _ = blocking(move || drop(self.file)).await;
    }

    fn failed(&self, error: io::Error) -> StorageError {
        StorageError::io(format!("writing an upload to {}", self.file.place().display()), error)
    }
}
