//! Work that would hold up other tasks: hashing and files.

use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::StorageError;

/// Runs `work` on a thread that may block. A task that is dropped while it waits leaves `work` to end on its own.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StorageError> {
    joined(spawn_blocking(work)).await
}

/// Waits for work started earlier.
pub(crate) async fn joined<T>(work: JoinHandle<T>) -> Result<T, StorageError> {
    match work.await {
        Ok(result) => Ok(result),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => {
            Err(StorageError::Unavailable { doing: "work in a process that is stopping".into(), source: error.into() })
        }
    }
}
