//! Taking turns between processes that write one file.
//!
//! SQLite's lock has no queue: a process that commits without a pause keeps the others out for seconds. Whoever waits for
//! SQLite's lock holds this file's lock meanwhile, so the one before cannot come back first.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The turnstile beside the log: `PATH-turn`.
pub(super) struct Turnstile {
    file: File,
}

/// Held from before SQLite's lock is asked for until it is had.
pub(super) struct Turn<'a> {
    file: &'a File,
}

impl Turnstile {
    pub(super) fn beside(log: &Path) -> std::io::Result<Self> {
        let mut path = PathBuf::from(log).into_os_string();
        path.push("-turn");
        Ok(Self { file: File::options().create(true).truncate(false).write(true).open(path)? })
    }

    /// Waits for the turn; after `patience` goes on without it, as the lock that counts is SQLite's.
    pub(super) fn wait(&self, patience: Duration) -> Option<Turn<'_>> {
        let deadline = Instant::now() + patience;
        loop {
            match self.file.try_lock() {
                Ok(()) => return Some(Turn { file: &self.file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_micros(500))
                }
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Closing the file frees it too; nobody can do anything about a failure here.
        self.file.unlock().ok();
    }
}
