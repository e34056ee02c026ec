//! Blobs as files below one folder: written beside, synced, renamed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use fieldlog_domain::Sha256Digest;

use crate::error::StorageError;
use crate::receive::Content;
use crate::stage::StagedFile;

/// The folder's layout: `blobs/ab/cd/<sha256>`, `notes/<folder>/<name>`, `tmp/<uuid>` for uploads under way, and `lock`.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(crate) fn open(root: &Path) -> Result<Self, StorageError> {
        let failed = |error| StorageError::io(format!("making the storage folder {}", root.display()), error);
        for folder in ["blobs", "tmp"] {
            fs::create_dir_all(root.join(folder)).map_err(failed)?;
        }
        let root = root.canonicalize().map_err(failed)?;
        let disk = Self { root };
        disk.lock_file().map_err(failed)?;
        Ok(disk)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn stage(&self) -> io::Result<StagedFile> {
        StagedFile::named(&self.root.join("tmp"))
    }

    pub(crate) fn blob(&self, digest: &Sha256Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join("blobs").join(&hex[..2]).join(&hex[2..4]).join(hex)
    }

    /// Gives verified content its name; says whether the blob was there already.
    pub(crate) fn publish(&self, content: Content, digest: &Sha256Digest, size: u64) -> Result<bool, StorageError> {
        let target = self.blob(digest);
        self.publish_at(content, &target, size)
            .map_err(|error| StorageError::io(format!("writing {}", target.display()), error))
    }

    fn publish_at(&self, content: Content, target: &Path, size: u64) -> io::Result<bool> {
        if self.touch(target, size)? {
            return Ok(true);
        }
        let staged = match content {
            Content::File(staged) => staged,
            Content::Memory(blocks) => {
                let mut staged = self.stage()?;
                staged.write(&blocks)?;
                staged
            }
        };
        staged.file().set_modified(SystemTime::now())?;
        staged.file().sync_all()?;
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        {
            let _shared = self.shared()?;
            staged.publish(target)?;
        }
        self.sync_folders(target)?;
        Ok(false)
    }

    /// Makes an existing blob of the right size young again, so that collecting spares it.
    ///
    /// A file of another size was damaged outside; it is replaced.
    pub(crate) fn touch(&self, blob: &Path, size: u64) -> io::Result<bool> {
        let _shared = self.shared()?;
        let file = match File::open(blob) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() != size {
            return Ok(false);
        }
        file.set_modified(SystemTime::now())?;
        // Whoever wrote it may not have got as far as this yet.
        self.sync_folders(blob)?;
        Ok(true)
    }

    /// Removes a blob that nobody put since `untouched_since`.
    pub(crate) fn collect(&self, digest: &Sha256Digest, untouched_since: SystemTime) -> io::Result<bool> {
        let blob = self.blob(digest);
        let lock = self.lock_file()?;
        lock.lock()?;
        let modified = match fs::metadata(&blob) {
            Ok(metadata) => metadata.modified()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if modified >= untouched_since {
            return Ok(false);
        }
        fs::remove_file(&blob)?;
        Ok(true)
    }

    /// Removes files of uploads that died: not locked by a living one, and not written to for `older_than`.
    pub(crate) fn sweep(&self, older_than: Duration) -> io::Result<usize> {
        let mut swept = 0;
        for entry in fs::read_dir(self.root.join("tmp"))? {
            let path = entry?.path();
            match sweep_file(&path, older_than) {
                Ok(removed) => swept += usize::from(removed),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(swept)
    }

    /// Free and all bytes of the file system, free meaning for this process.
    pub(crate) fn space(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.root)?;
        Ok((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
    }

    /// Held while a blob is touched or named. Collecting holds it alone, so a blob cannot vanish between being found and being
    /// kept. A file lock, so that it holds between processes too.
    fn shared(&self) -> io::Result<File> {
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        Ok(lock)
    }

    fn lock_file(&self) -> io::Result<File> {
        File::options().create(true).truncate(false).write(true).open(self.root.join("lock"))
    }

    /// A new name is durable only when its folder is synced, and a new folder when the one above is.
    fn sync_folders(&self, blob: &Path) -> io::Result<()> {
        for folder in blob.ancestors().skip(1).take(3) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

fn sweep_file(path: &Path, older_than: Duration) -> io::Result<bool> {
    let file = File::open(path)?;
    let age = file.metadata()?.modified()?.elapsed().unwrap_or_default();
    if age < older_than || file.try_lock().is_err() {
        return Ok(false);
    }
    fs::remove_file(path)?;
    Ok(true)
}
