//! The same storage on each backend, and a look behind it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fieldlog_domain::Sha256Digest;
use fieldlog_storage::{Storage, StorageOptions, StorageUrl};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::TempDir;
use uuid::Uuid;

use crate::ceph::Ceph;

/// Storage of its own for one test.
pub struct Place {
    pub storage: Storage,
    behind: Behind,
}

enum Behind {
    Memory,
    Disk(TempDir),
    S3 { bucket: Arc<dyn ObjectStore>, prefix: String },
}

impl Place {
    pub fn memory() -> Self {
        Self { storage: Storage::in_memory(), behind: Behind::Memory }
    }

    pub fn disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StorageUrl::File(folder.path().join("store"));
        let storage = Storage::open(&url, &StorageOptions::default()).unwrap();
        Self { storage, behind: Behind::Disk(folder) }
    }

    pub fn s3(ceph: &Ceph) -> Self {
        let prefix = Uuid::new_v4().to_string();
        Self::s3_through(ceph, &prefix, &StorageOptions { s3: ceph.options(), spool_dir: None })
    }

    pub fn s3_through(ceph: &Ceph, prefix: &str, options: &StorageOptions) -> Self {
        let url = StorageUrl::S3 { bucket: "fieldlog".into(), prefix: prefix.into() };
        let storage = Storage::open(&url, options).unwrap();
        Self { storage, behind: Behind::S3 { bucket: ceph.bucket(), prefix: prefix.into() } }
    }

    pub fn folder(&self) -> PathBuf {
        match &self.behind {
            Behind::Disk(folder) => folder.path().join("store"),
            _ => panic!("only storage on disk has a folder"),
        }
    }

    /// How many blobs are visible.
    pub async fn blobs(&self) -> usize {
        self.storage.list().try_collect::<Vec<_>>().await.unwrap().len()
    }

    /// Everything that is not a blob and not meant to stay: staged files, notes of uploads, probes.
    pub async fn leftovers(&self) -> Vec<String> {
        match &self.behind {
            Behind::Memory => Vec::new(),
            Behind::Disk(_) => {
                let mut files = Vec::new();
                walk(&self.folder(), &mut files);
                let kept = |file: &PathBuf| file.starts_with(self.folder().join("blobs")) || file.ends_with("lock");
                files.into_iter().filter(|file| !kept(file)).map(|file| file.display().to_string()).collect()
            }
            Behind::S3 { bucket, prefix } => {
                let objects: Vec<_> = bucket.list(Some(&prefix.as_str().into())).try_collect().await.unwrap();
                let kept =
                    |key: &str| ["blobs/", "touched/"].iter().any(|kind| key[prefix.len() + 1..].starts_with(kind));
                objects.into_iter().map(|object| object.location.to_string()).filter(|key| !kept(key)).collect()
            }
        }
    }

    /// Changes the bytes of a blob behind storage's back; `false` where there is no way.
    pub async fn tamper(&self, digest: &Sha256Digest, bytes: &'static [u8]) -> bool {
        match &self.behind {
            Behind::Memory => false,
            Behind::Disk(_) => {
                std::fs::write(self.folder().join(blob_key(digest)), bytes).unwrap();
                true
            }
            Behind::S3 { bucket, prefix } => {
                bucket.put(&format!("{prefix}/{}", blob_key(digest)).into(), bytes.into()).await.unwrap();
                true
            }
        }
    }
}

pub fn blob_key(digest: &Sha256Digest) -> String {
    let hex = digest.to_hex();
    format!("blobs/{}/{}/{hex}", &hex[..2], &hex[2..4])
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}
