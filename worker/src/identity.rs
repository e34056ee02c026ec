//! Who this worker is: an id that outlives its process, so that it goes on with its jobs after it was killed.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use fieldlog_domain::WorkerId;
use thiserror::Error;
use uuid::Uuid;

/// Why a worker's folder cannot be used.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// Two workers of one identity would take each other's containers for their own.
    #[error("another worker uses {0}; each worker needs a folder of its own")]
    InUse(String),
    /// The file is there and says something else.
    #[error("expected a UUID in {path}, found {found:?}")]
    Damaged {
        /// The file.
        path: String,
        /// Its start.
        found: String,
    },
    /// The file system's words.
    #[error("{path} cannot be used")]
    Io {
        /// The folder or file.
        path: String,
        /// Its words.
        #[source]
        source: io::Error,
    },
}

/// The identity, held as long as this lives: no other process can take it meanwhile.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) worker: WorkerId,
    /// Locked; the lock goes with the process, however it ends.
    _file: File,
}

impl Identity {
    /// Reads the identity in `dir`, or makes one.
    pub(crate) fn take(dir: &Path) -> Result<Self, IdentityError> {
        let path = dir.join("worker-id");
        let io = |source| IdentityError::Io { path: path.display().to_string(), source };
        std::fs::create_dir_all(dir).map_err(io)?;
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(IdentityError::InUse(dir.display().to_string())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io)?;
        let worker = match text.trim() {
            // Also what a process leaves that was killed between making the file and writing it.
            "" => {
                let worker = WorkerId(Uuid::now_v7());
                file.rewind().and_then(|()| file.write_all(format!("{worker}\n").as_bytes())).map_err(io)?;
                file.sync_all().map_err(io)?;
                worker
            }
            known => known.parse().map_err(|_| IdentityError::Damaged {
                path: path.display().to_string(),
                found: known.chars().take(50).collect(),
            })?,
        };
        Ok(Self { worker, _file: file })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_worker_keeps_its_identity_and_shares_it_with_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let first = Identity::take(dir.path()).unwrap();
        assert!(matches!(Identity::take(dir.path()), Err(IdentityError::InUse(_))));
        let worker = first.worker;
        drop(first);
        assert_eq!(Identity::take(dir.path()).unwrap().worker, worker);
    }

    #[test]
    fn a_damaged_identity_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("worker-id"), "soup").unwrap();
        assert!(matches!(Identity::take(dir.path()), Err(IdentityError::Damaged { .. })));
    }
}
