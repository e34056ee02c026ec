//! The folder of a model: which file is current, which are outdated, who may write.
//!
//! | Name | What it is |
//! |---|---|
//! | `model-v<shape>-<uuid>.sqlite` | a whole model |
//! | `current` | the name of the one to follow; replaced by renaming |
//! | `building-<uuid>.sqlite` | the next one, worth nothing until it gets its name |
//! | `follower.lock` | held by the process that follows the log into the folder |
//! | `builder.lock` | held while the next one is built |
//! | `history/` | files of earlier moments |

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use fieldlog_eventlog::Position;
use uuid::Uuid;

use crate::error::ReadModelError;
use crate::store::schema::{Contents, inspect, shape};
use crate::store::{ModelFile, at_path};

/// The folder of a model. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder when it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, ReadModelError> {
        std::fs::create_dir_all(path).map_err(at_path(path))?;
        Ok(Self { path: path.to_owned() })
    }

    /// A folder that is there already.
    pub(super) fn existing(path: &Path) -> Option<Self> {
        path.is_dir().then(|| Self { path: path.to_owned() })
    }

    pub(super) fn history(&self) -> PathBuf {
        self.path.join("history")
    }

    /// Makes this process the one that follows the log into the folder, for as long as it keeps the answer.
    pub(super) fn lock_follower(&self) -> Result<File, ReadModelError> {
        self.try_lock("follower.lock")?.ok_or_else(|| ReadModelError::InUse(self.path.clone()))
    }

    /// Waits until nobody else builds in the folder. Blocks.
    pub(super) fn lock_builder(&self) -> Result<File, ReadModelError> {
        let (file, path) = self.lock_file("builder.lock")?;
        file.lock().map_err(at_path(&path))?;
        Ok(file)
    }

    fn try_lock(&self, name: &str) -> Result<Option<File>, ReadModelError> {
        let (file, path) = self.lock_file(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(at_path(&path)(error)),
        }
    }

    fn lock_file(&self, name: &str) -> Result<(File, PathBuf), ReadModelError> {
        let path = self.path.join(name);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(at_path(&path))?;
        Ok((file, path))
    }

    /// A name for the next file while it is built.
    pub(super) fn building(&self) -> PathBuf {
        self.path.join(format!("building-{}.sqlite", Uuid::now_v7()))
    }

    /// Gives a whole file its name and makes it current.
    pub(super) fn publish(&self, built: &Path) -> Result<PathBuf, ReadModelError> {
        let name = format!("model-v{}-{}.sqlite", shape(), Uuid::now_v7());
        let path = self.path.join(&name);
        std::fs::rename(built, &path).map_err(at_path(built))?;
        let pointer = self.path.join(format!("current-{}", Uuid::now_v7()));
        std::fs::write(&pointer, &name).map_err(at_path(&pointer))?;
        let current = self.path.join("current");
        std::fs::rename(&pointer, &current).map_err(at_path(&current))?;
        // The names are as safe as the contents only when the folder is.
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(at_path(&self.path))?;
        Ok(path)
    }

    /// What the pointer names, whatever that is.
    pub(super) fn current(&self) -> Option<PathBuf> {
        let name = std::fs::read_to_string(self.path.join("current")).ok()?;
        let is_plain = name.starts_with("model-v") && !name.contains(['/', '\\', '\0']);
        is_plain.then(|| self.path.join(name))
    }

    /// The file to follow: the current one if it is whole, of this log and of today's shape; otherwise the one that is
    /// furthest. One that knows more than the log was made before the log was put back to an earlier state.
    pub(super) fn newest(&self, log_id: Uuid, head: Position) -> Result<Option<PathBuf>, ReadModelError> {
        let is_ours =
            |contents: &Contents| contents.log_id == log_id && contents.shape == shape() && contents.position <= head;
        if let Some(path) = self.current()
            && path.exists()
            && inspect(&path)?.is_some_and(|contents| is_ours(&contents))
        {
            return Ok(Some(path));
        }
        let mut newest = None;
        for path in self.models()? {
            match inspect(&path) {
                Ok(Some(contents)) if is_ours(&contents) => newest = newest.max(Some((contents.position, path))),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "passed over a read model that cannot be read"),
            }
        }
        Ok(newest.map(|(_, path)| path))
    }

    /// Removes the models of this log that nobody will open again, and what broken-off builds left. Models of other logs
    /// stay: whoever named the wrong log finds theirs again.
    pub(super) fn clean_up(&self, log_id: Uuid, followed: &Path) -> Result<(), ReadModelError> {
        // Whoever builds right now has files that are not current yet.
        let Some(_nobody_builds) = self.try_lock("builder.lock")? else { return Ok(()) };
        let current = self.current();
        for path in self.models()? {
            let is_needed = path == followed || current.as_ref() == Some(&path);
            if !is_needed && inspect(&path)?.is_some_and(|contents| contents.log_id == log_id) {
                ModelFile::remove(&path).map_err(at_path(&path))?;
            }
        }
        for path in self.named(|name| name.starts_with("building-") || name.starts_with("current-"))? {
            ModelFile::remove(&path).map_err(at_path(&path))?;
        }
        Ok(())
    }

    fn models(&self) -> Result<Vec<PathBuf>, ReadModelError> {
        self.named(|name| name.starts_with("model-v") && name.ends_with(".sqlite"))
    }

    fn named(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, ReadModelError> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(at_path(&self.path))? {
            let entry = entry.map_err(at_path(&self.path))?;
            if entry.file_name().to_str().is_some_and(&is_wanted) {
                found.push(entry.path());
            }
        }
        Ok(found)
    }
}
