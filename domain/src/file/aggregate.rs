//! The rules of a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AddFileVersion, FileCommand, FileEvent, FileRefusal, Onto, SetAside};
use crate::Sha256Digest;
use crate::aggregate::aggregate;
use crate::shared::FilePath;
use crate::shared::ids::VersionId;

/// What decisions about a file need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct File {
    path: Option<FilePath>,
    /// Oldest first.
    order: Vec<VersionId>,
    versions: BTreeMap<VersionId, KnownVersion>,
}

/// What a file knows of one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownVersion {
    /// Its bytes.
    pub digest: Sha256Digest,
    /// Whether it is gone from the lists.
    pub is_deleted: bool,
    /// Whether its bytes may be gone.
    pub is_purged: bool,
}

impl KnownVersion {
    /// Whether it is listed and its bytes are there.
    fn is_whole(&self) -> bool {
        !self.is_deleted && !self.is_purged
    }
}

type Decision = Result<Vec<FileEvent>, FileRefusal>;

impl File {
    /// The path, while it holds something.
    pub fn path(&self) -> Option<&FilePath> {
        self.path.as_ref()
    }

    /// The version the path holds.
    pub fn current(&self) -> Option<(VersionId, &KnownVersion)> {
        self.whole().next_back()
    }

    /// Whether the path holds what it has to.
    pub fn holds(&self, onto: Onto) -> bool {
        let current = self.current().map(|(_, known)| known.digest);
        match onto {
            Onto::Whatever => true,
            Onto::Nothing => current.is_none(),
            Onto::Bytes(digest) => current == Some(digest),
        }
    }

    /// Whether it has, or ever had, this version.
    pub fn knows(&self, version: VersionId) -> bool {
        self.versions.contains_key(&version)
    }

    /// The versions that are listed and whose bytes are there, oldest first.
    pub fn versions(&self) -> Vec<VersionId> {
        self.whole().map(|(id, _)| id).collect()
    }

    pub(super) fn decide(&self, command: FileCommand) -> Decision {
        match command {
            FileCommand::AddVersion(c) => self.add_version(c),
            FileCommand::RestoreVersion { version, restored } => self.restore_version(version, restored),
            FileCommand::DeleteVersion(version) => self.delete_version(version),
            FileCommand::Delete => self.delete(),
            FileCommand::SetAside { version, because } => Ok(self.set_aside(version, because)),
            FileCommand::PurgeVersion(version) => self.purge_version(version),
        }
    }

    fn add_version(&self, c: AddFileVersion) -> Decision {
        if self.versions.contains_key(&c.version) {
            return Ok(vec![]);
        }
        if !self.holds(c.onto) {
            return Err(FileRefusal::ChangedMeanwhile(c.path));
        }
        Ok(vec![FileEvent::FileVersionAdded {
            resource: c.resource,
            // Whoever writes the name otherwise means this file, and nobody has to learn another name.
            path: self.path.clone().unwrap_or(c.path),
            version: c.version,
            digest: c.digest,
            md5: c.md5,
            etag: c.etag,
            size: c.size,
            media_type: c.media_type,
            source: c.source,
        }])
    }

    fn restore_version(&self, version: VersionId, restored: VersionId) -> Decision {
        if self.versions.contains_key(&version) {
            return Ok(vec![]);
        }
        self.path.as_ref().ok_or(FileRefusal::NoSuchFile)?;
        match self.versions.get(&restored) {
            Some(known) if known.is_whole() => Ok(vec![FileEvent::FileVersionRestored { version, restored }]),
            Some(_) | None => Err(FileRefusal::NoSuchVersion(restored)),
        }
    }

    fn delete_version(&self, version: VersionId) -> Decision {
        let known = self.versions.get(&version).ok_or(FileRefusal::NoSuchVersion(version))?;
        if known.is_deleted {
            return Ok(vec![]);
        }
        if !self.whole().any(|(other, _)| other != version) {
            return Err(FileRefusal::LastVersion);
        }
        Ok(vec![FileEvent::FileVersionDeleted { version }])
    }

    fn delete(&self) -> Decision {
        match (&self.path, self.order.is_empty()) {
            (Some(_), _) => Ok(vec![FileEvent::FileDeleted { because: None }]),
            (None, false) => Ok(vec![]),
            (None, true) => Err(FileRefusal::NoSuchFile),
        }
    }

    /// Whatever the path holds by now instead of that version stays.
    fn set_aside(&self, version: VersionId, because: SetAside) -> Vec<FileEvent> {
        match self.current() {
            Some((current, _)) if current == version => vec![FileEvent::FileDeleted { because: Some(because) }],
            Some(_) | None => vec![],
        }
    }

    fn purge_version(&self, version: VersionId) -> Decision {
        let known = self.versions.get(&version).ok_or(FileRefusal::NoSuchVersion(version))?;
        if known.is_purged {
            return Ok(vec![]);
        }
        if self.current().is_some_and(|(current, _)| current == version) {
            return Err(FileRefusal::VersionIsCurrent(version));
        }
        Ok(vec![FileEvent::FileVersionPurged { version }])
    }

    /// The versions the path could hold, oldest first. Deleting the file deletes them all.
    fn whole(&self) -> impl DoubleEndedIterator<Item = (VersionId, &KnownVersion)> {
        self.order
            .iter()
            .filter_map(|id| self.versions.get(id).filter(|known| known.is_whole()).map(|known| (*id, known)))
    }

    fn evolve(&mut self, event: FileEvent) {
        match event {
            FileEvent::FileVersionAdded { path, version, digest, .. } => {
                self.path = Some(path);
                self.remember(version, digest);
            }
            FileEvent::FileVersionRestored { version, restored } => {
                if let Some(digest) = self.versions.get(&restored).map(|known| known.digest) {
                    self.remember(version, digest);
                }
            }
            FileEvent::FileVersionDeleted { version } => {
                if let Some(known) = self.versions.get_mut(&version) {
                    known.is_deleted = true;
                }
            }
            FileEvent::FileDeleted { .. } => {
                self.path = None;
                self.versions.values_mut().for_each(|known| known.is_deleted = true);
            }
            FileEvent::FileVersionPurged { version } => {
                if let Some(known) = self.versions.get_mut(&version) {
                    known.is_purged = true;
                }
            }
        }
    }

    fn remember(&mut self, version: VersionId, digest: Sha256Digest) {
        self.order.push(version);
        self.versions.insert(version, KnownVersion { digest, is_deleted: false, is_purged: false });
    }
}

aggregate!(File, "file", FileCommand, FileEvent, FileRefusal);
