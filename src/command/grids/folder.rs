//! The folder of grids. A file in it has its name only once it is whole.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use fieldlog_domain::Sha256Digest;
use sha2::{Digest, Sha256};

use super::index::Index;
use super::name::GridName;

/// The index as it was fetched last. No grid has such a name.
const INDEX: &str = ".files.geojson";

/// The folder of grids.
pub struct Folder {
    path: PathBuf,
}

/// A file on its way into the folder. Whoever has it is alone with it.
pub struct Part {
    path: PathBuf,
    pub file: File,
}

impl Folder {
    /// The folder at this path, whether it is there or not.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder when it is not there.
    pub fn make(&self) -> Result<()> {
        fs::create_dir_all(&self.path).with_context(|| format!("cannot make the folder {}", self.path.display()))
    }

    /// Every grid in the folder, by name, with its size; nothing when there is no folder.
    pub fn grids(&self) -> Result<Vec<(GridName, u64)>> {
        let unreadable = || format!("cannot read the folder {}", self.path.display());
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            entries => entries.with_context(unreadable)?,
        };
        let mut grids = vec![];
        for entry in entries {
            let entry = entry.with_context(unreadable)?;
            let name = entry.file_name().to_str().and_then(|name| name.parse().ok());
            // Through links, too: somebody may keep the bytes elsewhere.
            if let (Some(name), Ok(found)) = (name, fs::metadata(entry.path()))
                && found.is_file()
            {
                grids.push((name, found.len()));
            }
        }
        grids.sort();
        Ok(grids)
    }

    pub fn path_of(&self, name: &GridName) -> PathBuf {
        self.path.join(name.as_str())
    }

    /// The bytes of a grid; none when it is not there.
    pub fn digest_of(&self, name: &GridName) -> Result<Option<Sha256Digest>> {
        let path = self.path_of(name);
        match digest_of(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            digest => digest.map(Some).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// The index as it was fetched last.
    pub fn index(&self) -> Result<Option<Index>> {
        let path = self.path.join(INDEX);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            bytes => {
                let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
                Index::read(&bytes).map(Some).with_context(|| format!("the index {} is wrong", path.display()))
            }
        }
    }

    /// Keeps an index for those who ask without a network.
    pub fn keep_index(&self, bytes: &[u8]) -> Result<()> {
        let part = self.path.join(format!("{INDEX}.{}", std::process::id()));
        let write = || {
            fs::write(&part, bytes)?;
            fs::rename(&part, self.path.join(INDEX))
        };
        write().with_context(|| format!("cannot write to the folder {}", self.path.display()))
    }

    /// What there is of a grid that is not whole yet, perhaps nothing.
    pub fn part_of(&self, name: &GridName) -> Result<Part> {
        let path = self.path.join(format!(".{name}.part"));
        let open = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let file = open.with_context(|| format!("cannot write to {}", path.display()))?;
        // Whoever held the lock a moment ago may have given the file its name by now.
        let is_still_there = || Ok::<_, io::Error>(fs::metadata(&path)?.ino() == file.metadata()?.ino());
        match file.try_lock() {
            Ok(()) if is_still_there().unwrap_or(false) => Ok(Part { path, file }),
            Ok(()) | Err(TryLockError::WouldBlock) => {
                bail!("expected to be alone with it, found another process at it")
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }

    /// Gives a whole file its name, in the place of whatever has it.
    pub fn finish(&self, part: Part, name: &GridName) -> Result<()> {
        let named = || {
            part.file.sync_all()?;
            fs::rename(&part.path, self.path_of(name))?;
            File::open(&self.path)?.sync_all()
        };
        named().with_context(|| format!("cannot write {}", self.path_of(name).display()))
    }
}

impl Part {
    /// What its bytes are by now.
    pub fn digest(&self) -> Result<Sha256Digest> {
        digest_of(&self.path).with_context(|| format!("cannot read {}", self.path.display()))
    }

    /// Removes it.
    pub fn throw_away(self) -> Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))
    }
}

/// The digest of a file, however long it is.
pub fn digest_of(path: &Path) -> io::Result<Sha256Digest> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sha256Digest(hash.finalize().into())),
            read => hash.update(&buffer[..read]),
        }
    }
}
